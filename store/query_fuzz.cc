#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/clock.h"
#include "store/flow_store.h"
#include "store/query.h"
#include "store/testing.h"
#include "tests/support/temp_folder.h"

namespace {

using firebreak::store::FlowStore;
using firebreak::store::Query;
using firebreak::store::Value;

// OneStore is a small store, the same for all inputs.
Query& OneStore() {
  static const firebreak::tests::TempFolder folder;
  static const auto query = [] {
    auto store = FlowStore::Open(folder.Path("store"), firebreak::Clock::Real());
    for (uint64_t i = 0; i < 50; ++i) {
      firebreak::flows::Flow flow = firebreak::store::NumberedFlow(i);
      if (!store->Add(flow).ok()) std::abort();
    }
    if (!store->Flush().ok()) std::abort();
    return *Query::Open(folder.Path("store"), firebreak::Clock::Real());
  }();
  return *query;
}

int64_t Rows() {
  int64_t count = 0;
  const auto result = OneStore().Run(
      "SELECT count(*) FROM flows", {}, [](const std::vector<std::string>&) {},
      [&count](absl::Span<const Value> row) { count = std::get<int64_t>(row[0]); });
  return result.ok() ? count : 0;
}

}  // namespace

// Whatever is asked, nothing crashes and nothing is changed.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string sql(reinterpret_cast<const char*>(data), size);
  OneStore()
      .Run(
          sql, {.max_rows = 100, .max_time = absl::Milliseconds(50)},
          [](const std::vector<std::string>&) {}, [](absl::Span<const Value>) {})
      .status()
      .IgnoreError();
  if (Rows() != 50) __builtin_trap();
  return 0;
}
