#include "io/send.h"

#include <sys/uio.h>

#include <cerrno>

#include "io/posix_file.h"

namespace duramen {

int64_t Send(int socket, Bytes head, Bytes body, Bytes tail) {
  // writev(2) only reads; that its parameters are not const is of old.
  const iovec parts[] = {{const_cast<uint8_t*>(head.data), head.length},
                         {const_cast<uint8_t*>(body.data), body.length},
                         {const_cast<uint8_t*>(tail.data), tail.length}};
  const ssize_t taken = RetryEintr([&] { return writev(socket, parts, 3); });
  if (taken > 0) return taken;
  return taken < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? 0 : -1;
}

}  // namespace duramen
