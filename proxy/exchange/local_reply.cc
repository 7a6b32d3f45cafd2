#include "proxy/exchange/local_reply.h"

#include <string>

#include "absl/strings/str_cat.h"

namespace firebreak::proxy {
namespace {

constexpr absl::string_view kDecisionHeader = "x-firebreak-decision-id";

// Codes of gRPC (google.rpc.Code).
enum GrpcCode : int {
  kInvalidArgument = 3,
  kDeadlineExceeded = 4,
  kPermissionDenied = 7,
  kResourceExhausted = 8,
  kInternalError = 13,
  kUnavailableError = 14,
};

// As the gRPC documents map HTTP statuses, but for those that we know better.
GrpcCode GrpcCodeOf(int http_status) {
  switch (http_status) {
    case 403:
      return kPermissionDenied;
    case 413:
    case 429:
      return kResourceExhausted;
    case 502:
    case 503:
      return kUnavailableError;
    case 504:
      return kDeadlineExceeded;
    default:
      return http_status >= 400 && http_status < 500 ? kInvalidArgument : kInternalError;
  }
}

absl::string_view WordsFor(int status) {
  switch (status) {
    case 400:
      return "bad request";
    case 403:
      return "access denied";
    case 405:
      return "method not allowed";
    case 413:
      return "content too large";
    case 414:
      return "URI too long";
    case 417:
      return "expectation failed";
    case 429:
      return "too many requests";
    case 431:
      return "request header fields too large";
    case 501:
      return "not implemented";
    case 502:
      return "bad gateway";
    case 503:
      return "service unavailable";
    case 504:
      return "gateway timeout";
    case 505:
      return "HTTP version not supported";
    default:
      return "refused";
  }
}

// AddDecision adds what replies of every form tell beside their status.
void AddDecision(int status, const std::string& decision, http::HeaderMap& headers) {
  if (!decision.empty()) headers.Add(kDecisionHeader, decision);
  // RFC 6585 section 4. A second is what rates are counted by.
  if (status == 429) headers.Add("retry-after", "1");
}

int SendGrpcReply(filters::HttpExchange& exchange, const std::string& decision,
                  absl::string_view words, ServerStream& stream) {
  exchange.record.http->grpc_status = GrpcCodeOf(exchange.refusal_status);
  http::Response response;
  response.status = 200;
  response.headers.Add("content-type", "application/grpc");
  AddDecision(exchange.refusal_status, decision, response.headers);
  response.headers.Add("grpc-status", absl::StrCat(exchange.record.http->grpc_status));
  response.headers.Add("grpc-message", decision.empty()
                                           ? std::string(words)
                                           : absl::StrCat(words, " (decision ", decision, ")"));
  if (exchange.request.version != http::Version::kHttp2) response.content_length = 0;
  stream.SendResponse(response, /*end=*/true);
  return response.status;
}

}  // namespace

int SendLocalReply(filters::HttpExchange& exchange, ServerStream& stream) {
  const int status = exchange.refusal_status;
  const absl::string_view words = WordsFor(status);
  const std::string decision =
      exchange.record.decision_id.empty() ? std::string() : exchange.record.decision_id.ToString();
  if (exchange.request.grpc) return SendGrpcReply(exchange, decision, words, stream);
  const std::string body = decision.empty() ? absl::StrCat(words, "\n")
                                            : absl::StrCat(words, " (decision ", decision, ")\n");
  http::Response response;
  response.status = status;
  response.headers.Add("content-type", "text/plain");
  AddDecision(status, decision, response.headers);
  response.content_length = body.size();
  response.has_body = exchange.request.method != "HEAD";
  stream.SendResponse(response, /*end=*/!response.has_body);
  if (response.has_body) {
    stream.SendData(body);
    stream.SendEnd({});
  }
  return status;
}

}  // namespace firebreak::proxy
