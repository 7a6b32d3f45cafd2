#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

#include "detect/detector.h"
#include "detect/state_file.h"
#include "detect/testing.h"

// What is restored is saved again and must be restored once more, and can be gone on from. Bytes
// that are no sealed file are sealed first, so that the checksum does not stand between the fuzzer
// and the reader.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto opened = firebreak::detect::OpenState(bytes);
  const std::string sealed = opened.ok() ? std::string(bytes) : firebreak::detect::SealState(bytes);
  firebreak::detect::Detector detector{firebreak::detect::Settings()};
  if (!detector.Restore(sealed).ok()) return 0;
  firebreak::detect::Detector again{firebreak::detect::Settings()};
  if (!again.Restore(detector.Save()).ok()) __builtin_trap();
  firebreak::detect::FeedDay(again, firebreak::detect::kTestStartUs, firebreak::detect::kMinuteUs);
  again.Finish();
  return 0;
}
