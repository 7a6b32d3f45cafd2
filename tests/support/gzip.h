// Bodies packed by zlib, for tests.
#ifndef FIREBREAK_TESTS_SUPPORT_GZIP_H_
#define FIREBREAK_TESTS_SUPPORT_GZIP_H_

#include <zlib.h>

#include <string>
#include <utility>

#include "gtest/gtest.h"

namespace firebreak::tests {

// What zlib takes for the size of a window says what stands around the packed text.
inline constexpr int kGzipWindow = MAX_WBITS + 16;
inline constexpr int kZlibWindow = MAX_WBITS;
inline constexpr int kRawWindow = -MAX_WBITS;

inline std::string Deflated(std::string text, int window) {
  z_stream zlib{};
  EXPECT_EQ(deflateInit2(&zlib, 9, Z_DEFLATED, window, 9, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&zlib, text.size()) + 64, '\0');
  zlib.next_in = reinterpret_cast<Bytef*>(text.data());
  zlib.avail_in = static_cast<uInt>(text.size());
  zlib.next_out = reinterpret_cast<Bytef*>(out.data());
  zlib.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&zlib, Z_FINISH), Z_STREAM_END);
  out.resize(out.size() - zlib.avail_out);
  deflateEnd(&zlib);
  return out;
}

inline std::string Gzip(std::string text) { return Deflated(std::move(text), kGzipWindow); }

}  // namespace firebreak::tests

#endif  // FIREBREAK_TESTS_SUPPORT_GZIP_H_
