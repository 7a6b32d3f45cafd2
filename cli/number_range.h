// Ranges of numbers as options take them.
#ifndef FIREBREAK_CLI_NUMBER_RANGE_H_
#define FIREBREAK_CLI_NUMBER_RANGE_H_

#include <string>

#include "flows/flow_filter.h"

namespace firebreak::cli {

// PortRange takes 8080, or 8080-8090 with both ends. Throws CLI::ValidationError, which names the
// option.
flows::NumberRange PortRange(const std::string& option, const std::string& value);

// StatusRange takes 404, 400-499, or what statuses begin with: 4xx, 40x, and 4+ or 40+ as `hubble
// observe` has it. Throws likewise.
flows::NumberRange StatusRange(const std::string& option, const std::string& value);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_NUMBER_RANGE_H_
