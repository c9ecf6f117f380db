// Giving bytes to a socket that does not block.
#pragma once

#include <cstddef>
#include <cstdint>

namespace duramen {

struct Bytes {
  const uint8_t* data = nullptr;
  size_t length = 0;
};

// `head`, `body`, which may be mapped memory, and `tail`; their lengths together are at least 1.
// How many bytes the socket took: 0 where it is full; -1 where nothing was given, as a page of the
// file is gone or the other side is: writing the bytes in another way tells why. Blocks while it
// reads from the device what is not in memory.
int64_t Send(int socket, Bytes head, Bytes body, Bytes tail);

}  // namespace duramen
