// duramen_floors FLOOR [name=value...]: prints a JSON object a measurement, one a line.
#include <cstdio>
#include <cstring>

#include "floor.h"

int main(int count, char** values) {
  using namespace duramen::bench;
  struct Floor {
    const char* name;
    void (*run)(const Arguments&);
  };
  constexpr Floor kFloors[] = {
      {"crc", CrcFloor},       {"memcpy", MemcpyFloor},
      {"window", WindowFloor}, {"first-touch", FirstTouchFloor},
      {"write", WriteFloor},   {"sync", SyncFloor},
  };
  const char* wanted = count > 1 ? values[1] : "";
  for (const Floor& floor : kFloors) {
    if (std::strcmp(floor.name, wanted) != 0) continue;
    floor.run(Arguments(count - 2, values + 2));
    return 0;
  }
  std::fprintf(stderr,
               "usage: duramen_floors crc|memcpy|window|first-touch|write|sync [name=value...]\n");
  return 2;
}
