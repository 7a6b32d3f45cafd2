#include "policy/workbench/question_reader.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "config/diagnostics.h"
#include "config/did_you_mean.h"
#include "config/file_text.h"
#include "config/question.pb.h"
#include "config/timestamp.h"
#include "config/yaml_reader.h"

namespace firebreak::policy {
namespace {

using config::ErrorCode;

constexpr uint32_t kLastPort = 65'535;

// EndReader reads one end of the connection.
class EndReader {
 public:
  EndReader(const config::v1::QuestionEnd& written, const Inventory& inventory, const Scope& scope)
      : written_(written), inventory_(inventory), scope_(scope) {}

  // False: something was reported.
  bool Read(QuestionEnd* end, Workload* workload) {
    if (written_.has_workload() && !FromInventory(end, workload)) return false;
    if (written_.has_principal()) {
      const absl::string_view principal = absl::StripPrefix(written_.principal(), "spiffe://");
      auto id = certs::SpiffeId::ParsePrincipal(principal);
      if (!id.ok()) return Refuse("principal", ErrorCode::kQuestionValue, id.status().message());
      end->id = *std::move(id);
      if (!written_.has_workload()) FromPrincipal(*end->id, workload);
    }
    if (written_.has_ip()) {
      const auto ip = IpAddress::Parse(written_.ip());
      if (!ip.ok()) return Refuse("ip", ErrorCode::kQuestionValue, ip.status().message());
      end->ip = *ip;
    }
    if (written_.has_namespace_()) workload->workload_namespace = written_.namespace_();
    if (!written_.labels().empty()) workload->labels.clear();
    for (const auto& [label, value] : written_.labels()) workload->labels[label] = value;
    return true;
  }

 private:
  bool Refuse(absl::string_view field, ErrorCode code, absl::string_view message) const {
    scope_.Field(field).Error(code, message);
    return false;
  }

  bool FromInventory(QuestionEnd* end, Workload* workload) const {
    const auto found = inventory_.Find(written_.workload());
    if (!found.ok()) return Refuse("workload", ErrorCode::kQuestionEnd, found.status().message());
    *workload = (*found)->workload;
    end->id = (*found)->principal;
    return true;
  }

  // FromPrincipal: whose identity it is says which workload it is, if the inventory knows. Where it
  // is guessed, a workload without an identity has the one that is named as it is. The namespace
  // alone would not do: policies select by labels too.
  void FromPrincipal(const certs::SpiffeId& id, Workload* workload) const {
    const InventoryWorkload* known = inventory_.ByPrincipal(id.principal());
    if (known == nullptr) {
      const auto named =
          inventory_.Find(absl::StrCat(id.k8s_namespace(), "/", id.service_account()));
      const bool nobodys = named.ok() && (*named)->inferred && !(*named)->principal.has_value();
      if (nobodys) known = *named;
    }
    if (known != nullptr) *workload = known->workload;
  }

  const config::v1::QuestionEnd& written_;
  const Inventory& inventory_;
  const Scope& scope_;
};

// Choose reads a word that is one of two, the first being the default. nullopt: it is neither.
std::optional<bool> Second(absl::string_view word, absl::string_view first,
                           absl::string_view second, absl::string_view field, const Scope& scope) {
  if (word.empty() || word == first) return false;
  if (word == second) return true;
  std::string hint = config::DidYouMean(word, {first, second});
  if (hint.empty()) hint = absl::StrCat("one of ", first, ", ", second);
  scope.Field(field).Error(ErrorCode::kQuestionValue,
                           absl::StrCat("\"", word, "\" is no ", field, " here"), hint);
  return std::nullopt;
}

RequestLine LineOf(const config::v1::QuestionRequest& written) {
  RequestLine line;
  line.protocol = written.protocol();
  if (written.has_grpc()) {
    line.protocol = "GRPC";
    line.path = absl::StrCat("/", written.grpc());
  }
  if (line.protocol == "GRPC") line.method = "POST";
  if (written.has_method()) line.method = written.method();
  if (written.has_path()) line.path = written.path();
  line.host = written.host();
  for (const auto& [name, value] : written.headers()) line.headers.emplace_back(name, value);
  return line;
}

bool ReadRequest(const config::v1::Question& written, const Scope& scope,
                 PolicyQuestion* question) {
  const std::optional<bool> open = Second(written.protocol(), "TCP", "HTTP", "protocol", scope);
  if (!open.has_value()) return false;
  question->carries = *open ? Carries::kRequests : Carries::kBytes;
  if (!written.has_request()) return true;
  if (written.protocol() == "TCP") {
    scope.Field("protocol")
        .Error(ErrorCode::kQuestionValue, "a TCP stream has no request",
               "leave out \"protocol\" or \"request\"");
    return false;
  }
  if (written.request().has_grpc() && written.request().has_path()) {
    scope.Field("request").Field("grpc").Error(
        ErrorCode::kQuestionValue, "\"grpc\" is the path of a gRPC request: name one of the two");
    return false;
  }
  absl::StatusOr<http::Request> request = Canonical(LineOf(written.request()));
  if (!request.ok()) {
    scope.Field("request").Error(ErrorCode::kQuestionRequest, request.status().message());
    return false;
  }
  question->request = *std::move(request);
  question->carries = Carries::kRequest;
  return true;
}

// CheckEnds: a question has a port, and a workload whose policies are asked.
bool CheckEnds(const config::v1::Question& written, const PolicyQuestion& question,
               const Scope& scope) {
  const Scope to = scope.Field("to");
  if (written.from().has_port()) {
    scope.Field("from").Field("port").Error(ErrorCode::kQuestionValue,
                                            "rules do not look at the port of the caller");
    return false;
  }
  if (!written.to().has_port() || written.to().port() == 0 || written.to().port() > kLastPort) {
    (written.to().has_port() ? to.Field("port") : to)
        .Error(ErrorCode::kQuestionEnd, "a question needs a port from 1 to 65535");
    return false;
  }
  if (question.workload.workload_namespace.empty()) {
    const bool outbound = question.direction == Direction::kOutbound;
    const bool named =
        outbound ? question.source.id.has_value() : question.destination.id.has_value();
    scope.Field(outbound ? "from" : "to")
        .Error(ErrorCode::kQuestionEnd,
               named ? "no workload of that identity is known, nor so whose policies are asked"
                     : "it is not said whose policies are asked",
               "name a workload, or its namespace and labels");
    return false;
  }
  return true;
}

}  // namespace

std::optional<PolicyQuestion> ToQuestion(const config::v1::Question& written,
                                         const Inventory& inventory, absl::Time now,
                                         const Scope& scope) {
  PolicyQuestion question;
  const std::optional<bool> outbound =
      Second(written.direction(), "INBOUND", "OUTBOUND", "direction", scope);
  if (!outbound.has_value()) return std::nullopt;
  question.direction = *outbound ? Direction::kOutbound : Direction::kInbound;
  Workload source;
  Workload destination;
  const Scope from = scope.Field("from");
  const Scope to = scope.Field("to");
  const bool from_read = EndReader(written.from(), inventory, from).Read(&question.source, &source);
  const bool to_read =
      EndReader(written.to(), inventory, to).Read(&question.destination, &destination);
  if (!from_read || !to_read) return std::nullopt;
  question.workload = *outbound ? std::move(source) : std::move(destination);
  if (!CheckEnds(written, question, scope)) return std::nullopt;
  question.port = static_cast<uint16_t>(written.to().port());
  if (!ReadRequest(written, scope, &question)) return std::nullopt;
  if (written.has_remote_ip()) {
    const auto ip = IpAddress::Parse(written.remote_ip());
    if (!ip.ok()) {
      scope.Field("remote_ip").Error(ErrorCode::kQuestionValue, ip.status().message());
      return std::nullopt;
    }
    question.remote = {RemoteAddress::Kind::kNamed, *ip};
  }
  question.server_name = absl::AsciiStrToLower(written.sni());
  question.at = now;
  if (written.has_at()) question.at = config::TimeOf(written.at());
  return question;
}

std::optional<PolicyQuestion> ReadQuestion(const std::string& path, const Inventory& inventory,
                                           absl::Time now, config::Diagnostics* diagnostics) {
  const std::optional<std::string> text = config::ReadFileText(path, diagnostics);
  if (!text.has_value()) return std::nullopt;
  config::v1::Question written;
  config::SourceMap map;
  if (!config::ReadYaml(path, *text, &written, &map, diagnostics)) return std::nullopt;
  return ToQuestion(written, inventory, now, Scope(map, *diagnostics));
}

}  // namespace firebreak::policy
