// Baselines as files: reviewable YAML, whose schema is config/baseline.proto.
#ifndef FIREBREAK_INSPECT_BASELINE_MODEL_TEXT_H_
#define FIREBREAK_INSPECT_BASELINE_MODEL_TEXT_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#include "config/diagnostics.h"
#include "inspect/baseline/baseline.h"

namespace firebreak::inspect {

// BaselineText writes a baseline down. The same baseline gives the same text, so that two can be
// compared line by line. What is only held back (Baseline) is not in it.
std::string BaselineText(const Baseline& baseline);

// ReadBaseline replaces what `baseline` knows by a text. False when something of it is wrong, was
// reported, and nothing was changed. `file` names the text in messages.
bool ReadBaseline(absl::string_view file, absl::string_view text, Baseline& baseline,
                  config::Diagnostics* diagnostics);

// SaveBaseline replaces a file as a whole or not at all. Its mode is 0600: it holds values that
// clients sent.
absl::Status SaveBaseline(const std::string& path, const Baseline& baseline);
// SaveBaselineText is the part of it that waits for the disk, of what BaselineText gave.
absl::Status SaveBaselineText(const std::string& path, absl::string_view text);

// LoadBaseline reads such a file; see ReadBaseline.
bool LoadBaseline(const std::string& path, Baseline& baseline, config::Diagnostics* diagnostics);

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_BASELINE_MODEL_TEXT_H_
