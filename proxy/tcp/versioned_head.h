// VersionedHead tells requests whose first line ends with a version, whatever its name: "X a
// Y/1.1".
#ifndef FIREBREAK_PROXY_TCP_VERSIONED_HEAD_H_
#define FIREBREAK_PROXY_TCP_VERSIONED_HEAD_H_

#include <cstddef>
#include <string>

namespace firebreak::proxy {

// Netty, and what is built on it, takes three words for a request line when the last one is a name,
// a slash and two numbers with a dot between them; the second is any target. Such a line is nothing
// much: Redis would take `SET build app/1.2` for one of its own. But Netty acts on it when an empty
// line has ended its fields, and that is waited for: the connection may have passed all of a head
// but its end. SIP has heads like that too, and is known by its addresses, which are no paths.
//
// Memory: a few words, whatever comes.
class VersionedHead {
 public:
  enum class Reading { kMore, kRequest, kOther };

  // Take goes on with the next byte. The answers other than kMore are final.
  Reading Take(char c);

 private:
  enum class Part {
    kLead,
    kMethod,
    kBeforeTarget,
    kTarget,
    kBeforeVersion,
    kVersion,
    kFields,
    kOver
  };
  // How much of NAME/DIGITS.DIGITS the end of the third word is.
  enum class Version { kName, kSlash, kMajor, kDot, kMinor };

  Part Next(char c);
  Part NextOfFirstLine(char c);
  Part NextOfVersion(char c);
  void TakeOfVersion(char c);
  bool IsSip() const;

  Part part_ = Part::kLead;
  Version version_ = Version::kName;
  bool named_ = false;    // the version has begun
  bool control_ = false;  // what may be behind the version has come: bytes up to the blank,
  bool blank_ = false;    // and of them such as end a word
  bool empty_ = true;     // the line of fields, so far
  size_t bytes_ = 0;
  // No more of the target and of the version than tells SIP.
  std::string target_;
  std::string name_;
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_TCP_VERSIONED_HEAD_H_
