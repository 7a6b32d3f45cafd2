#include "cli/collector_command.h"

#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Validators.hpp>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "cli/retention_options.h"
#include "collector/collector_server.h"
#include "config/collector_config.h"
#include "config/diagnostics.h"
#include "config/file_text.h"
#include "proxy/event/process.h"

namespace firebreak::cli {
namespace {

constexpr size_t kMaxConnections = 1'000'000;
// Of what the catalog adds up: a year, and the month before it.
constexpr int kSumsDays = 400;

struct Options {
  std::string config;  // everything else is in there
  std::string listen;
  std::string metrics;
  std::string trust_domain;
  certs::IdentityFiles identity;
  std::vector<std::string> federated;
  std::string folder;
  RetentionOptions retention;
  std::vector<std::string> reporters;
  std::string flush_after = "10s";
  std::string quarantine_list;
  size_t max_connections = 20'000;
};

absl::StatusOr<SocketAddress> AddressOf(const std::string& flag, const std::string& text) {
  const auto address = SocketAddress::Parse(text);
  if (address.ok()) return *address;
  return absl::InvalidArgumentError(absl::StrCat(flag, ": \"", text, "\" is no IP:PORT"));
}

absl::Status CheckRequired(const Options& options) {
  const std::pair<absl::string_view, const std::string*> required[] = {
      {"--listen", &options.listen},
      {"--trust-domain", &options.trust_domain},
      {"--svid", &options.identity.certificate_chain},
      {"--key", &options.identity.private_key},
      {"--bundle", &options.identity.trust_bundle},
      {"--store", &options.folder}};
  for (const auto& [flag, value] : required) {
    if (value->empty()) {
      return absl::InvalidArgumentError(absl::StrCat(flag, " is required, or --config FILE"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<collector::CollectorOptions> Checked(const Options& options) {
  FB_RETURN_IF_ERROR(CheckRequired(options));
  collector::CollectorOptions checked{.identity = options.identity,
                                      .trust_domain = options.trust_domain,
                                      .intake = {.folder = options.folder},
                                      .reporters = options.reporters,
                                      .quarantine_list = options.quarantine_list,
                                      .max_connections = options.max_connections};
  FB_ASSIGN_OR_RETURN(checked.listen, AddressOf("--listen", options.listen));
  if (!options.metrics.empty()) {
    FB_ASSIGN_OR_RETURN(checked.metrics, AddressOf("--metrics", options.metrics));
  }
  for (const std::string& reporter : options.reporters) {
    const absl::string_view wrong = config::WrongWithReporter(reporter);
    if (wrong.empty()) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("--allow-reporters: \"", reporter, "\": ", wrong));
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

collector::CollectorOptions OptionsOf(const config::CollectorConfig& config) {
  const config::IdentityFilesConfig& identity = config.identity;
  return {.listen = config.listen,
          .metrics = config.metrics,
          .identity = {.certificate_chain = identity.certificate_chain,
                       .private_key = identity.private_key,
                       .trust_bundle = identity.trust_bundle,
                       .crl = identity.crl,
                       .federated_bundles = identity.federated_bundles},
          .trust_domain = config.trust_domain,
          .intake = {.folder = config.store_path,
                     .retention = {.max_bytes = static_cast<uint64_t>(config.max_bytes),
                                   .max_age = absl::Seconds(config.max_seconds),
                                   .max_edge_age = absl::Hours(24) * kSumsDays},
                     .flush_after = absl::Milliseconds(config.flush_ms)},
          .reporters = config.reporters,
          .quarantine_list = config.quarantine_list,
          .max_connections = static_cast<size_t>(config.max_connections)};
}

// FromFile tells of what is wrong with the file on err.
std::optional<collector::CollectorOptions> FromFile(const std::string& path,
                                                    CommandContext& context) {
  config::Diagnostics diagnostics;
  const std::optional<std::string> text = config::ReadFileText(path, &diagnostics);
  std::optional<config::CollectorConfig> config;
  if (text.has_value()) config = config::CollectorConfig::Parse(path, *text, &diagnostics);
  if (config.has_value()) return OptionsOf(*config);
  context.err << diagnostics.Format(context.UseColor());
  context.exit_code = kExitUsage;
  return std::nullopt;
}

std::optional<collector::CollectorOptions> FromFlags(const Options& options,
                                                     CommandContext& context) {
  auto checked = Checked(options);
  if (checked.ok()) return *std::move(checked);
  context.exit_code = Fail(context, checked.status());
  return std::nullopt;
}

void RunCollector(const Options& options, CommandContext& context) {
  auto checked =
      options.config.empty() ? FromFlags(options, context) : FromFile(options.config, context);
  if (!checked.has_value()) return;
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
  command.add_option("--trust-domain", options.trust_domain,
                     "Trust domain of the collector (required, or --config)");
  command
      .add_option("--svid", options.identity.certificate_chain,
                  "Certificate chain, PEM (required, or --config)")
      ->option_text("FILE");
  command
      .add_option("--key", options.identity.private_key,
                  "Its private key, PEM (required, or --config)")
      ->option_text("FILE");
  command
      .add_option("--bundle", options.identity.trust_bundle,
                  "CAs of the trust domain, PEM (required, or --config)")
      ->option_text("FILE");
  command.add_option("--crl", options.identity.crl, "Revocation lists of these CAs, PEM")
      ->option_text("FILE");
  command
      .add_option("--federated-bundle", options.federated,
                  "CAs of another trust domain; may be repeated")
      ->option_text("TRUST_DOMAIN=FILE");
}

void AddStoreOptions(CLI::App& command, Options& options) {
  command
      .add_option("--store", options.folder,
                  "Folder of the store; made where it is absent (required, or --config)")
      ->option_text("FOLDER");
  options.retention.sums_age = absl::StrCat(kSumsDays, "d");
  AddRetention(
      command,
      {.size = "--retention-size", .age = "--retention-age", .sums_age = "--retention-sums-age"},
      options.retention);
  command
      .add_option("--flush-after", options.flush_after,
                  "When flows can be asked for, at the latest")
      ->option_text("DURATION [10s]");
}

void ExcludeOthers(CLI::App& command, CLI::Option& config) {
  for (CLI::Option* const option : command.get_options()) {
    if (option != &config && option != command.get_help_ptr()) config.excludes(option);
  }
}

}  // namespace

void AddCollectorCommand(CLI::App& app, CommandContext& context) {
  CLI::App& command = *app.add_subcommand(
      "collector", "Receive flow logs from sidecars into a store; runs until SIGTERM");
  auto options = std::make_shared<Options>();
  CLI::Option& config =
      *command.add_option("--config", options->config, "Configuration file, instead of all else")
           ->option_text("FILE");
  command
      .add_option("--listen", options->listen,
                  "Where sidecars publish, such as 0.0.0.0:4317 (required, or --config)")
      ->option_text("IP:PORT");
  AddIdentityOptions(command, *options);
  AddStoreOptions(command, *options);
  command
      .add_option("--allow-reporters", options->reporters,
                  "Principals that may report, or beginnings of them that end in \"*\"; may be "
                  "repeated. Default: everybody in the trust domain")
      ->option_text("PRINCIPAL");
  command
      .add_option(
          "--quarantine-list", options->quarantine_list,
          "The signed list of `firebreak quarantine`: watched, and sent to every sidecar at "
          "once. It may be missing for now")
      ->option_text("FILE");
  command
      .add_option("--max-connections", options->max_connections,
                  "Connections served at once; a sidecar that takes quarantine lists has two")
      ->check(CLI::Range(size_t{1}, kMaxConnections))
      ->capture_default_str();
  command
      .add_option("--metrics", options->metrics,
                  "/metrics, /readyz and /quarantine are answered there, to whoever reaches it, in "
                  "clear text")
      ->option_text("IP:PORT");
  ExcludeOthers(command, config);
  command.callback([options, &context] { RunCollector(*options, context); });
}

}  // namespace firebreak::cli
