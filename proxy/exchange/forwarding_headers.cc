#include "proxy/exchange/forwarding_headers.h"

#include <algorithm>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace firebreak::proxy {
namespace {

constexpr absl::string_view kClientCert = "x-forwarded-client-cert";
constexpr absl::string_view kOwnPrefix = "x-firebreak-";
constexpr absl::string_view kPrincipal = "x-firebreak-principal";

char Hyphen(char c) { return absl::ascii_isalnum(static_cast<unsigned char>(c)) ? c : '-'; }

bool StartsLike(absl::string_view name, absl::string_view prefix) {
  if (name.size() < prefix.size()) return false;
  return std::equal(prefix.begin(), prefix.end(), name.begin(),
                    [](char wanted, char got) { return wanted == Hyphen(got); });
}

bool IsLowerHex(absl::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool AllZero(absl::string_view text) {
  return text.find_first_not_of('0') == absl::string_view::npos;
}

}  // namespace

void StripForged(http::HeaderMap& headers) {
  headers.RemoveIf([](const http::HeaderMap::Field& field) {
    return (field.name.size() == kClientCert.size() && StartsLike(field.name, kClientCert)) ||
           StartsLike(field.name, kOwnPrefix);
  });
}

std::string ForwardedClientCert(const certs::SpiffeId& self, const certs::PeerIdentity& peer) {
  return absl::StrCat("By=spiffe://", self.principal(), ";Hash=", peer.leaf_sha256_hex,
                      ";URI=spiffe://", peer.id.principal());
}

void AddIdentity(const filters::Connection& connection, const std::string& forwarded_client_cert,
                 http::HeaderMap& headers) {
  if (connection.peer == nullptr) return;
  headers.Add(kClientCert, forwarded_client_cert);
  headers.Add(kPrincipal, *connection.peer->principal);
}

// version "-" trace-id "-" parent-id "-" flags; later versions may go on behind another "-".
SharedString TraceIdOf(const http::HeaderMap& headers) {
  constexpr size_t kLength = 55;
  const auto value = headers.Get("traceparent");
  if (!value.has_value() || value->size() < kLength) return nullptr;
  const absl::string_view version = value->substr(0, 2);
  const absl::string_view trace_id = value->substr(3, 32);
  const absl::string_view parent_id = value->substr(36, 16);
  const bool separated = (*value)[2] == '-' && (*value)[35] == '-' && (*value)[52] == '-';
  if (!separated || !IsLowerHex(version) || version == "ff") return nullptr;
  const bool more = value->size() > kLength;
  if (more && (version == "00" || (*value)[kLength] != '-')) return nullptr;
  if (!IsLowerHex(trace_id) || AllZero(trace_id)) return nullptr;
  if (!IsLowerHex(parent_id) || AllZero(parent_id)) return nullptr;
  if (!IsLowerHex(value->substr(53, 2))) return nullptr;
  return std::make_shared<const std::string>(trace_id);
}

}  // namespace firebreak::proxy
