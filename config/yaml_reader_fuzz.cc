// Any bytes as a configuration and as a policy file: either they are refused with a position, or
// they are read; what is printed about them never holds a control character.
#include <cstdint>
#include <cstdlib>

#include "absl/strings/string_view.h"

#include "config/policy.pb.h"
#include "config/proxy_config.h"
#include "config/yaml_reader.h"

namespace {

using firebreak::config::Diagnostics;

void CheckOutput(const Diagnostics& diagnostics) {
  for (const char c : diagnostics.Format(/*color=*/false)) {
    const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    if (control && c != '\n') std::abort();
  }
}

void ReadAsProxyConfig(absl::string_view text) {
  Diagnostics diagnostics;
  const auto config = firebreak::config::ParseProxyConfig("fuzz.yaml", text, &diagnostics);
  if (config.has_value() != diagnostics.ok()) std::abort();
  CheckOutput(diagnostics);
}

void ReadAsPolicies(absl::string_view text) {
  Diagnostics diagnostics;
  auto file = firebreak::config::YamlFile::Parse("fuzz.yaml", text, &diagnostics);
  if (file.has_value() != diagnostics.ok()) std::abort();
  if (file && file->OpenLists(&diagnostics) != diagnostics.ok()) std::abort();
  for (size_t i = 0; file && i < file->document_count(); ++i) {
    firebreak::config::v1::AuthorizationPolicy policy;
    firebreak::config::SourceMap map;
    Diagnostics of_document;
    const bool read = file->Read(i, &policy, &map, &of_document);
    if (read != of_document.ok()) std::abort();
    file->TopLevelScalar(i, "kind");
    CheckOutput(of_document);
  }
  CheckOutput(diagnostics);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  ReadAsProxyConfig(text);
  ReadAsPolicies(text);
  return 0;
}
