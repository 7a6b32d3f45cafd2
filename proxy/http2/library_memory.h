// The memory that nghttp2 works in.
#ifndef FIREBREAK_PROXY_HTTP2_LIBRARY_MEMORY_H_
#define FIREBREAK_PROXY_HTTP2_LIBRARY_MEMORY_H_

#include <nghttp2/nghttp2.h>

namespace firebreak::proxy {

// LibraryMemory is for all sessions of all threads; what nghttp2 takes and gives back for every
// stream and frame is recycled (base/recycler.h).
nghttp2_mem* LibraryMemory();

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_HTTP2_LIBRARY_MEMORY_H_
