#include "proxy/main/cpu_quota.h"

#include <sched.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

namespace firebreak::proxy {
namespace {

constexpr int kMaxWorkers = 4;
constexpr char kCpuMax[] = "/sys/fs/cgroup/cpu.max";  // of our own cgroup, inside a container

int UsableCpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  return sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
}

}  // namespace

std::optional<int> QuotaOf(absl::string_view cpu_max) {
  const std::vector<absl::string_view> parts =
      absl::StrSplit(absl::StripAsciiWhitespace(cpu_max), ' ');
  int64_t quota = 0;
  int64_t period = 0;
  if (parts.size() != 2 || !absl::SimpleAtoi(parts[0], &quota) ||
      !absl::SimpleAtoi(parts[1], &period) || quota <= 0 || period <= 0) {
    return std::nullopt;
  }
  return static_cast<int>(std::min<int64_t>((quota + period - 1) / period, kMaxWorkers));
}

int DefaultConcurrency() {
  int workers = UsableCpus();
  std::ifstream file(kCpuMax);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  if (const auto quota = QuotaOf(text); quota.has_value()) workers = std::min(workers, *quota);
  return std::clamp(workers, 1, kMaxWorkers);
}

}  // namespace firebreak::proxy
