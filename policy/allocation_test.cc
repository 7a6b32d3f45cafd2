// A decision on a request that is let through asks for no memory: it is made for every request.
#include <cstddef>
#include <cstdlib>
#include <new>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

#include "certs/spiffe_id.h"
#include "gtest/gtest.h"
#include "policy/authorizer.h"
#include "policy/testing.h"

namespace {

size_t& Allocations() {
  static thread_local size_t allocations = 0;
  return allocations;
}

void* Allocate(size_t bytes) {
  ++Allocations();
  void* const memory = std::malloc(bytes);
  if (memory == nullptr) std::abort();
  return memory;
}

}  // namespace

void* operator new(size_t bytes) { return Allocate(bytes); }
void* operator new[](size_t bytes) { return Allocate(bytes); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, size_t) noexcept { std::free(memory); }

namespace firebreak::policy {
namespace {

constexpr char kRules[] =
    "  - {to: [{operation: {methods: [POST], paths: ['/v1/{*}/items/{**}'], hosts: ['*.example'], "
    "notPaths: ['*/secret'], protocols: [HTTP]}}], when: [{key: 'request.headers[x-env]', "
    "values: [prod, dev], notValues: ['old*']}]}\n"
    "  - {to: [{operation: {grpc: {services: ['pkg.*'], methods: [Append]}}}]}\n"
    "  - {from: [{source: {ipBlocks: [10.0.0.0/8]}}], to: [{operation: {methods: [PURGE]}}]}\n";

TEST(Allocation, DecisionOnARequestAllocatesNothing) {
  for (const int more : {0, 100}) {  // without and with the index
    std::string rules = kRules;
    for (int i = 0; i < more; ++i) {
      absl::StrAppend(&rules, "  - {to: [{operation: {paths: [/", i, ", '/x/{*}/", i,
                      "/{**}']}}]}\n");
    }
    Authorizer authorizer(MustLoad(PolicyText("p", "", rules)), 1);
    const auto peer = certs::SpiffeId::ParsePrincipal("td/ns/shop/sa/orders");
    const std::vector<http::Request> requests = {
        Ask("POST", "/v1/7/items/8/9", {{"x-env", "prod, dev"}, {"x-env", "dev"}}),
        Call("/pkg.Ledger/Append"), Ask("PURGE", "/anything/at/all/and/more")};
    const auto ask = [&](const http::Request& http) {
      ConnectionRequest request;
      request.carries = Carries::kRequest;
      request.http = &http;
      request.source.id = &*peer;
      request.source.ip = *IpAddress::Parse("10.0.0.9");
      request.destination.port = 8080;
      Decision decision;
      const size_t before = Allocations();
      const absl::StatusOr<Permit> permit = authorizer.Authorize(request, &decision);
      const size_t after = Allocations();
      EXPECT_TRUE(permit.ok());
      return after - before;
    };
    for (const http::Request& request : requests) ask(request);
    for (const http::Request& request : requests) EXPECT_EQ(ask(request), 0U) << request.path;
  }
}

}  // namespace
}  // namespace firebreak::policy
