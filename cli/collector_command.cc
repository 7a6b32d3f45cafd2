#include "cli/collector_command.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Validators.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "certs/spiffe_id.h"
#include "cli/retention_options.h"
#include "collector/collector_server.h"
#include "proxy/event/process.h"

namespace firebreak::cli {
namespace {

constexpr size_t kMaxConnections = 1'000'000;

struct Options {
  std::string listen;
  std::string metrics;
  std::string trust_domain;
  certs::IdentityFiles identity;
  std::vector<std::string> federated;
  std::string folder;
  RetentionOptions retention;
  std::vector<std::string> reporters;
  std::string flush_after = "10s";
  size_t max_connections = 10'000;
};

absl::StatusOr<SocketAddress> AddressOf(const std::string& flag, const std::string& text) {
  const auto address = SocketAddress::Parse(text);
  if (address.ok()) return *address;
  return absl::InvalidArgumentError(absl::StrCat(flag, ": \"", text, "\" is no IP:PORT"));
}

absl::Status CheckReporter(const std::string& reporter) {
  // A beginning that ends in "*" need not be a principal; without a "/" it would name half a trust
  // domain.
  if (absl::EndsWith(reporter, "*")) {
    if (absl::StrContains(reporter, '/') && reporter.find('*') == reporter.size() - 1) {
      return absl::OkStatus();
    }
    return absl::InvalidArgumentError(
        absl::StrCat("--allow-reporters: \"", reporter, "\": use TRUST_DOMAIN/PATH*"));
  }
  const auto id = certs::SpiffeId::ParsePrincipal(reporter);
  if (id.ok()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("--allow-reporters: ", id.status().message()));
}

absl::StatusOr<collector::CollectorOptions> Checked(const Options& options) {
  collector::CollectorOptions checked{.identity = options.identity,
                                      .trust_domain = options.trust_domain,
                                      .intake = {.folder = options.folder},
                                      .reporters = options.reporters,
                                      .max_connections = options.max_connections};
  FB_ASSIGN_OR_RETURN(checked.listen, AddressOf("--listen", options.listen));
  if (!options.metrics.empty()) {
    FB_ASSIGN_OR_RETURN(checked.metrics, AddressOf("--metrics", options.metrics));
  }
  for (const std::string& reporter : options.reporters) {
    FB_RETURN_IF_ERROR(CheckReporter(reporter));
  }
  for (const std::string& bundle : options.federated) {
    const size_t at = bundle.find('=');
    if (at == std::string::npos) {
      return absl::InvalidArgumentError("--federated-bundle: use TRUST_DOMAIN=FILE");
    }
    checked.identity.federated_bundles[bundle.substr(0, at)] = bundle.substr(at + 1);
  }
  FB_ASSIGN_OR_RETURN(checked.intake.retention, RetentionOf(options.retention));
  absl::Duration& flush_after = checked.intake.flush_after;
  if (!absl::ParseDuration(options.flush_after, &flush_after) ||
      flush_after < absl::Milliseconds(100) || flush_after > absl::Hours(1)) {
    return absl::InvalidArgumentError("--flush-after: 100ms to 1h");
  }
  return checked;
}

void RunCollector(const Options& options, CommandContext& context) {
  auto checked = Checked(options);
  if (!checked.ok()) {
    context.exit_code = Fail(context, checked.status());
    return;
  }
  auto server = collector::CollectorServer::Make(*std::move(checked), context.clock);
  if (!server.ok()) {
    Fail(context, server.status());
    context.exit_code = kExitUsage;
    return;
  }
  proxy::HardenProcess();
  const absl::Status ended = (*server)->Run();
  if (!ended.ok()) {
    Fail(context, ended);
    context.exit_code = kExitNo;
  }
}

void AddIdentityOptions(CLI::App& command, Options& options) {
  command.add_option("--trust-domain", options.trust_domain, "Trust domain of the collector")
      ->required();
  command.add_option("--svid", options.identity.certificate_chain, "Certificate chain, PEM")
      ->option_text("FILE")
      ->required();
  command.add_option("--key", options.identity.private_key, "Its private key, PEM")
      ->option_text("FILE")
      ->required();
  command.add_option("--bundle", options.identity.trust_bundle, "CAs of the trust domain, PEM")
      ->option_text("FILE")
      ->required();
  command.add_option("--crl", options.identity.crl, "Revocation lists of these CAs, PEM")
      ->option_text("FILE");
  command
      .add_option("--federated-bundle", options.federated,
                  "CAs of another trust domain; may be repeated")
      ->option_text("TRUST_DOMAIN=FILE");
}

}  // namespace

void AddCollectorCommand(CLI::App& app, CommandContext& context) {
  CLI::App& command = *app.add_subcommand(
      "collector", "Receive flow logs from sidecars into a store; runs until SIGTERM");
  auto options = std::make_shared<Options>();
  command.add_option("--listen", options->listen, "Where sidecars publish, such as 0.0.0.0:4317")
      ->option_text("IP:PORT")
      ->required();
  AddIdentityOptions(command, *options);
  command.add_option("--store", options->folder, "Folder of the store; made where it is absent")
      ->option_text("FOLDER")
      ->required();
  AddRetention(command, "--retention-size", "--retention-age", options->retention);
  command
      .add_option("--allow-reporters", options->reporters,
                  "Principals that may report, or beginnings of them that end in \"*\"; may be "
                  "repeated. Default: everybody in the trust domain")
      ->option_text("PRINCIPAL");
  command
      .add_option("--flush-after", options->flush_after,
                  "When flows can be asked for, at the latest")
      ->option_text("DURATION")
      ->capture_default_str();
  command.add_option("--max-connections", options->max_connections, "Sidecars served at once")
      ->check(CLI::Range(size_t{1}, kMaxConnections))
      ->capture_default_str();
  command.add_option("--metrics", options->metrics, "Where /metrics and /readyz are answered")
      ->option_text("IP:PORT");
  command.callback([options, &context] { RunCollector(*options, context); });
}

}  // namespace firebreak::cli
