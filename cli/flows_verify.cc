#include "cli/flows_verify.h"

#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "base/escape.h"
#include "base/limits.h"
#include "base/status.h"
#include "certs/signature.h"
#include "certs/svid_validator.h"
#include "cli/certs_inspect.h"
#include "cli/choice.h"
#include "cli/flow_input.h"
#include "cli/flows_printer.h"
#include "cli/json_object.h"
#include "cli/terminal.h"
#include "flows/chain_check.h"

namespace firebreak::cli {
namespace {

using flows::ChainCheck;
using flows::ChainFinding;
using flows::Flow;

struct FlowsVerifyOptions {
  LogFiles files;
  VerifyFlags trust;  // bundle, crl, trust_domain
  std::string sink = "file";
  std::string reporter;
  bool partial = false;
  OutputFormat format = OutputFormat::kTable;
};

// SplitCertificates takes DER certificates that stand one after the other apart.
absl::StatusOr<std::vector<absl::string_view>> SplitCertificates(absl::string_view der) {
  constexpr size_t kMaxCertificates = 16;
  std::vector<absl::string_view> certificates;
  while (!der.empty()) {
    // SEQUENCE, then a length of one byte, or 0x8n and n bytes (X.690 section 8.1.3).
    constexpr uint8_t kSequence = 0x30;
    const auto byte = [&der](size_t at) {
      return at < der.size() ? static_cast<uint8_t>(der[at]) : uint8_t{0};
    };
    size_t header = 2;
    size_t size = byte(1);
    if (size >= 0x80) {
      const size_t bytes = size & 0x7f;
      if (bytes == 0 || bytes > 3) return absl::InvalidArgumentError("certificates are not DER");
      size = 0;
      for (size_t i = 0; i < bytes; ++i) size = size << 8 | byte(header++);
    }
    if (byte(0) != kSequence || size > der.size() || header > der.size() - size) {
      return absl::InvalidArgumentError("certificates are not DER");
    }
    certificates.push_back(der.substr(0, header + size));
    der.remove_prefix(header + size);
    if (certificates.size() > kMaxCertificates) {
      return absl::InvalidArgumentError("more certificates than a chain has");
    }
  }
  if (certificates.empty()) return absl::InvalidArgumentError("no certificate");
  return certificates;
}

// HeadCheck checks the signatures of HEAD lines, and who signed.
class HeadCheck {
 public:
  // A null store leaves the question open whose certificates they are.
  HeadCheck(const std::shared_ptr<const certs::TrustStore>& store, absl::Time now) : now_(now) {
    if (store != nullptr)
      validator_ = std::make_shared<const certs::SvidValidator>(store, Limits());
  }

  absl::Status operator()(const Flow& head, absl::string_view text) const {
    std::string der;
    certs::Signature signature{.algorithm = head.head.algorithm, .bytes = ""};
    if (!absl::Base64Unescape(head.head.certificate_chain, &der) ||
        !absl::Base64Unescape(head.signature, &signature.bytes)) {
      return absl::InvalidArgumentError("signature or certificates are not base64");
    }
    FB_ASSIGN_OR_RETURN(const std::vector<absl::string_view> chain, SplitCertificates(der));
    FB_RETURN_IF_ERROR(certs::VerifyText(chain.front(), text, signature));
    if (validator_ == nullptr) return absl::OkStatus();
    // Judged as of the line's time, since an SVID lives for hours and a log for years; revoked is
    // what today's lists say.
    const certs::SvidVerdict verdict =
        validator_->Validate(chain, {.certificates = head.time, .revocation = now_});
    if (!verdict.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("the certificate does not hold: ", certs::SvidErrorName(verdict.error), " ",
                       verdict.detail));
    }
    if (*verdict.identity->principal == head.reporter.principal) return absl::OkStatus();
    return absl::InvalidArgumentError(absl::StrCat("signed by ", *verdict.identity->principal,
                                                   ", reported as ", head.reporter.principal));
  }

 private:
  std::shared_ptr<const certs::SvidValidator> validator_;  // shared: the check is copied
  absl::Time now_;
};

// FindingPrinter prints findings as they come.
class FindingPrinter {
 public:
  FindingPrinter(OutputFormat format, CommandContext& context)
      : format_(format), context_(context) {}

  void Print(const ChainFinding& finding) {
    if (format_ == OutputFormat::kJson) {
      const JsonObject object = JsonObject()
                                    .AddText("finding", flows::ChainFaultName(finding.fault))
                                    .AddText("place", finding.place)
                                    .AddText("run_id", finding.run_id)
                                    .AddText("message", finding.message);
      context_.out << TerminalSafeJson(object.str()) << "\n";
      return;
    }
    const std::string name(flows::ChainFaultName(finding.fault));
    if (!finding.place.empty()) context_.out << PrintableEscaped(finding.place) << ": ";
    context_.out << Painter(context_.UseColor()).Paint(Color::kRed, name) << ": "
                 << PrintableEscaped(finding.message);
    if (!finding.run_id.empty())
      context_.out << " (run " << PrintableEscaped(finding.run_id) << ")";
    context_.out << "\n";
  }

 private:
  const OutputFormat format_;
  CommandContext& context_;
};

absl::Status CheckFile(const std::string& path, ChainCheck& check) {
  FB_ASSIGN_OR_RETURN(auto file, flows::FlowFile::Open(path, [](absl::string_view) {}));
  check.StartFile();
  while (true) {
    auto line = file.NextRaw();
    if (!line.has_value()) line = file.TakeLastRaw();
    if (!line.has_value()) return file.status();
    const std::string place = absl::StrCat(path, ":", line->number);
    if (line->too_long) {
      check.SeeUnreadable(place, "too long for a flow record");
    } else if (!line->text.empty()) {
      check.See(place, line->text);
    }
  }
}

void RunFlowsVerify(const FlowsVerifyOptions& options, CommandContext& context) {
  std::shared_ptr<const certs::TrustStore> store;
  if (!options.trust.bundle.empty()) {
    auto trust = ReadTrust(options.trust);
    if (!trust.ok()) {
      Fail(context, trust.status());
      context.exit_code = kExitUsage;
      return;
    }
    store = *std::move(trust);
  }
  const std::vector<std::string> paths = options.files.All();
  if (paths.empty()) {
    context.exit_code = Fail(context, absl::InvalidArgumentError("no flow log is named"));
    return;
  }
  FindingPrinter printer(options.format, context);
  ChainCheck check(&certs::Sha256, HeadCheck(store, context.clock.WallNow()),
                   [&printer](const ChainFinding& finding) { printer.Print(finding); },
                   {.sink = options.sink,
                    .partial = options.partial,
                    .reporter = std::string(absl::StripPrefix(options.reporter, "spiffe://"))});
  for (const std::string& path : paths) {
    const absl::Status read = CheckFile(path, check);
    if (read.ok()) continue;
    Fail(context, read);
    context.exit_code = kExitUsage;
    return;
  }
  check.Finish();
  context.err << "firebreak: " << check.lines() << " lines of " << check.runs() << " runs, "
              << check.heads() << " signed heads, " << check.lost() << " records lost by their own "
              << "account, " << check.findings() << " findings\n";
  for (const auto& [principal, runs] : check.RunsByPrincipal()) {
    context.err << "firebreak: " << runs << " runs of " << PrintableEscaped(principal) << "\n";
  }
  if (store == nullptr && check.heads() > 0) {
    context.err << "firebreak: without --bundle nobody says whose signatures they are\n";
  }
  context.exit_code = check.findings() == 0 ? kExitYes : kExitNo;
}

}  // namespace

void AddFlowsVerify(CLI::App& flows_command, CommandContext& context) {
  CLI::App& command = *flows_command.add_subcommand(
      "verify",
      "Find what was changed, taken out, moved or cut off in flow logs. Rotated files are named "
      "oldest first");
  auto options = std::make_shared<FlowsVerifyOptions>();
  AddLogFiles(command, options->files);
  command
      .add_option("--reporter", options->reporter,
                  "Whose log it is: a run of anybody else is a finding")
      ->option_text("PRINCIPAL");
  command
      .add_option("--bundle", options->trust.bundle,
                  "CA certificates of the trust domain, to know whose signatures they are")
      ->option_text("FILE");
  command.add_option("--crl", options->trust.crl, "Revocation lists of the trust domain")
      ->option_text("FILE");
  command
      .add_option("--trust-domain", options->trust.trust_domain,
                  "Whose bundle it is [as its first CA certificate says]")
      ->option_text("NAME");
  command
      .add_option("--sink", options->sink,
                  "Whose copy of the log this is: lines that LOST lines say it was not given may "
                  "be missing")
      ->option_text("NAME")
      ->capture_default_str();
  command.add_flag("--partial", options->partial,
                   "The files are a piece of a log, or of several mixed: runs may have begun "
                   "before, and go on");
  AddChoice<OutputFormat>(command, "-o,--output", options->format,
                          {{"table", OutputFormat::kTable}, {"json", OutputFormat::kJson}},
                          "A line a finding, or JSON lines");
  command.callback([options, &context] { RunFlowsVerify(*options, context); });
}

}  // namespace firebreak::cli
