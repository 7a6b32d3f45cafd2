// Unpacker undoes one coding, a step at a time.
#ifndef FIREBREAK_INSPECT_CODING_UNPACKER_H_
#define FIREBREAK_INSPECT_CODING_UNPACKER_H_

#include <cstddef>
#include <memory>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace firebreak::inspect {

enum class Unpacked { kMore, kEnded, kBroken, kNoMemory };

class Unpacker {
 public:
  virtual ~Unpacker() = default;

  // Step takes bytes off *in, writes what they decode to into out, and says how many in *made.
  // kEnded: that was the last of it, or of one of several members.
  virtual Unpacked Step(absl::string_view* in, absl::Span<char> out, size_t* made) = 0;
  // Next begins the member behind one that has ended; false: the coding has but one.
  virtual bool Next() = 0;
  virtual size_t held_bytes() const = 0;
};

// Each is null when there is no memory.
std::unique_ptr<Unpacker> MakeGzipUnpacker();
// `first` is the first byte of the body: the coding is written with and without zlib's header.
std::unique_ptr<Unpacker> MakeDeflateUnpacker(char first);
std::unique_ptr<Unpacker> MakeBrotliUnpacker();
std::unique_ptr<Unpacker> MakeZstdUnpacker();

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_CODING_UNPACKER_H_
