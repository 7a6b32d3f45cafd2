#include "base/path_template.h"

#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace firebreak {
namespace {

TEST(PathTemplate, PutsIdsAside) {
  EXPECT_EQ(PathTemplate("/v1/charges/123/items"), "/v1/charges/{id}/items");
  EXPECT_EQ(PathTemplate("/orders/550e8400-e29b-41d4-a716-446655440000"), "/orders/{id}");
  EXPECT_EQ(PathTemplate("/commits/9fceb02d/files"), "/commits/{id}/files");
  EXPECT_EQ(PathTemplate("/reset/{redacted}"), "/reset/{id}");
  EXPECT_EQ(PathTemplate("/reports/2026-11-22"), "/reports/{id}");
  EXPECT_EQ(PathTemplate("/hosts/10.0.0.1:8080"), "/hosts/{id}");
  EXPECT_EQ(PathTemplate("/orders/order-1234"), "/orders/{id}");
  EXPECT_EQ(PathTemplate("/orders/ord_550e8400-e29b-41d4-a716-446655440000"), "/orders/{id}");
  EXPECT_EQ(PathTemplate("/watch/dQw4w9WgXcQ"), "/watch/{id}");
  EXPECT_EQ(PathTemplate("/customers/cus_9s6XKzkNRiz8i3"), "/customers/{id}");
  EXPECT_EQ(PathTemplate("/users/ann@shop.example"), "/users/{id}");
  EXPECT_EQ(PathTemplate("/files/annual%20report"), "/files/{id}");
  EXPECT_EQ(PathTemplate("/say/" + std::string(65, 'x')), "/say/{id}");
}

TEST(PathTemplate, KeepsRoutes) {
  for (const char* route :
       {"", "*", "/", "/v1", "/v1/charges/", "//", "/api/v2beta1/orders", "/healthz/ready",
        "/facade/decade", "/accededaffaded", "/regions/us-east-1", "/oauth2/callback",
        "/oauth2callback", "/static/app.min.js", "/shop.ledger.v1.Ledger/Append",
        "/.well-known/openid-configuration", "/blog/how-we-moved-to-http2"}) {
    EXPECT_EQ(PathTemplate(route), route);
  }
}

TEST(PathTemplate, IsBounded) {
  std::string deep;
  for (int i = 0; i < 40; ++i) absl::StrAppend(&deep, "/a");
  EXPECT_EQ(PathTemplate(deep), deep.substr(0, 2 * kMaxTemplateSegments) + "/{**}");
  EXPECT_EQ(PathTemplate(deep.substr(0, 2 * kMaxTemplateSegments)),
            deep.substr(0, 2 * kMaxTemplateSegments));
  std::string wide;
  for (int i = 0; i < 8; ++i) absl::StrAppend(&wide, "/", std::string(60, 'b'));
  const std::string route = PathTemplate(wide);
  EXPECT_LE(route.size(), kMaxTemplateBytes);
  EXPECT_TRUE(absl::EndsWith(route, "b/{**}"));
  EXPECT_LE(PathTemplate(std::string(1'000'000, '/')).size(), kMaxTemplateBytes);
}

}  // namespace
}  // namespace firebreak
