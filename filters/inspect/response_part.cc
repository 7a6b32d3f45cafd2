#include "filters/inspect/response_part.h"

#include <string>

#include "absl/strings/str_cat.h"

#include "filters/inspect/findings.h"

namespace firebreak::filters {
namespace {

constexpr int kBadGateway = 502;

}  // namespace

void ResponsePart::Headers(const http::Request& request, const http::Response& response) {
  inspection().ToPath(request.path);
  if (head() != nullptr) head()->LookAt(response);
  Begin(response.headers, response.has_body, response.content_length);
}

void ResponsePart::Trailers(const http::HeaderMap& trailers) {
  if (head() != nullptr) head()->LookAtResponseTrailers(trailers);
}

void ResponsePart::OnText(absl::string_view text) {
  if (!attacks()) return;
  disclosures_.Feed(text, [this](inspect::Disclosure disclosure, absl::string_view excerpt) {
    Tell(disclosure, excerpt);
  });
}

void ResponsePart::OnTextEnd() {
  if (!attacks()) return;
  disclosures_.Finish([this](inspect::Disclosure disclosure, absl::string_view excerpt) {
    Tell(disclosure, excerpt);
  });
}

// Of a system's file and the like the log holds no more than what tells it.
void ResponsePart::Tell(inspect::Disclosure disclosure, absl::string_view excerpt) {
  constexpr size_t kShown = 24;
  inspection().Tell(inspect::DisclosureRule(disclosure), inspect::Place::kBytes, "response",
                    std::string(excerpt.substr(0, kShown)));
}

std::optional<Refusal> ResponsePart::refusal() const {
  if (hidden()) {
    return Refusal{kBadGateway, absl::StrCat(inspection().hidden_by()->id, " in the response")};
  }
  if (Blocks(setup().attacks) && inspection().blocks()) {
    return Refusal{kBadGateway, absl::StrCat(WorstOf(inspection())->id, " in the response")};
  }
  if (leaks()) return Refusal{kBadGateway, "FBI-DLP-001 in the response"};
  return std::nullopt;
}

}  // namespace firebreak::filters
