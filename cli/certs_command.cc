#include "cli/certs_command.h"

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"

#include "cli/certs_inspect.h"
#include "cli/certs_issue.h"
#include "cli/choice.h"

namespace firebreak::cli {
namespace {

void AddValidity(CLI::App& command, ValidityFlags& flags) {
  command.add_option("--ttl", flags.ttl, "Valid from now for: 15m, 24h, 30d")
      ->option_text("TIME [" + flags.ttl + "]");
  command
      .add_option("--not-before", flags.not_before,
                  "Begin: 2026-01-31T12:00:00Z, or from now: -2h [a minute ago]")
      ->option_text("WHEN");
  command.add_option("--not-after", flags.not_after, "End, instead of --ttl: -1h is expired")
      ->option_text("WHEN");
}

void AddKeyType(CLI::App& command, certs::KeyType& type) {
  Choices<certs::KeyType> choices;
  for (const certs::KeyType known : certs::kKeyTypes) {
    choices.emplace_back(certs::KeyTypeName(known), known);
  }
  AddChoice<certs::KeyType>(command, "--key-type", type, std::move(choices),
                            "Key: ECDSA P-256 is the default");
}

// List makes an option take one value each time it is given.
void AddList(CLI::App& command, const std::string& name, std::vector<std::string>& target,
             const std::string& value_name, const std::string& help) {
  command.add_option(name, target, help)
      ->type_size(1)
      ->allow_extra_args(false)
      ->option_text(value_name);
}

// OnRun keeps flags alive as long as the command, and reports what run returns.
template <typename Flags>
void OnRun(CLI::App& command, std::shared_ptr<Flags> flags, CommandContext& context,
           absl::Status (*run)(const Flags&, CommandContext&)) {
  command.callback([flags = std::move(flags), &context, run] {
    const absl::Status status = run(*flags, context);
    if (!status.ok()) context.exit_code = Fail(context, status);
  });
}

void AddCa(CLI::App& certs) {
  certs.add_subcommand("ca", "A certificate authority for development")->require_subcommand(1);
}

void AddCaInit(CLI::App& certs, CommandContext& context) {
  auto flags = std::make_shared<CaInitFlags>();
  CLI::App& command =
      *certs.get_subcommand("ca")->add_subcommand("init", "Make a CA: ca.pem and ca-key.pem");
  command.add_option("--trust-domain", flags->trust_domain, "Trust domain, such as shop.example")
      ->required()
      ->option_text("NAME");
  command.add_option("--out", flags->out, "Folder to write to")->required()->option_text("DIR");
  AddKeyType(command, flags->key_type);
  AddValidity(command, flags->validity);
  command.add_flag("--force", flags->force, "Replace files that exist");
  OnRun(command, std::move(flags), context, RunCaInit);
}

void AddIssue(CLI::App& certs, CommandContext& context) {
  auto flags = std::make_shared<IssueFlags>();
  CLI::App& command =
      *certs.add_subcommand("issue", "Issue an SVID: svid.pem, key.pem and bundle.pem");
  command.add_option("--ca", flags->ca, "Folder of `certs ca init`")
      ->required()
      ->option_text("DIR");
  command
      .add_option("--spiffe-id", flags->spiffe_id,
                  "spiffe://shop.example/ns/shop/sa/orders, or without spiffe://")
      ->required()
      ->option_text("ID");
  command.add_option("--out", flags->out, "Folder to write to")->required()->option_text("DIR");
  AddKeyType(command, flags->key_type);
  AddValidity(command, flags->validity);
  AddList(command, "--dns", flags->dns, "NAME", "A DNS name to add; may be repeated");
  AddList(command, "--ip", flags->ips, "ADDRESS", "An IP address to add; may be repeated");
  command.add_flag("--force", flags->force, "Replace files that exist");
  OnRun(command, std::move(flags), context, RunIssue);
}

void AddCrl(CLI::App& certs, CommandContext& context) {
  auto flags = std::make_shared<CrlFlags>();
  CLI::App& command = *certs.add_subcommand("crl", "Write a revocation list of the CA");
  command.add_option("--ca", flags->ca, "Folder of `certs ca init`")
      ->required()
      ->option_text("DIR");
  command.add_option("--out", flags->out, "File to write")->required()->option_text("FILE");
  AddList(command, "--revoke", flags->serials, "SERIAL", "A serial number in hex; may be repeated");
  AddList(command, "--revoke-file", flags->revoked_files, "FILE",
          "The SVID in this file; may be repeated");
  AddValidity(command, flags->validity);
  command.add_flag("--force", flags->force, "Replace the file if it exists");
  OnRun(command, std::move(flags), context, RunCrl);
}

void AddInspect(CLI::App& certs, CommandContext& context) {
  auto flags = std::make_shared<InspectFlags>();
  CLI::App& command = *certs.add_subcommand("inspect", "Show the certificates of a PEM file");
  command.add_option("FILE", flags->file, "PEM file")->required()->option_text(" ");
  AddOutputOption(command, flags->format);
  OnRun(command, std::move(flags), context, RunInspect);
}

void AddVerify(CLI::App& certs, CommandContext& context) {
  auto flags = std::make_shared<VerifyFlags>();
  CLI::App& command = *certs.add_subcommand(
      "verify", "Validate an SVID as the proxy does: 0 valid, 1 not, 2 unreadable");
  command.add_option("CHAIN", flags->chain, "PEM file, leaf first")->required()->option_text(" ");
  command.add_option("--bundle", flags->bundle, "CA certificates of the trust domain")
      ->required()
      ->option_text("FILE");
  command.add_option("--crl", flags->crl, "Revocation lists of the trust domain")
      ->option_text("FILE");
  command
      .add_option("--trust-domain", flags->trust_domain,
                  "Whose bundle it is [as its first CA certificate says]")
      ->option_text("NAME");
  command.add_option("--at", flags->at, "Verify as of this time [now]")->option_text("WHEN");
  AddOutputOption(command, flags->format);
  OnRun(command, std::move(flags), context, RunVerify);
}

}  // namespace

void AddCertsCommand(CLI::App& app, CommandContext& context) {
  CLI::App& certs =
      *app.add_subcommand("certs", "Development CA, and SVID validation")->require_subcommand(1);
  AddCa(certs);
  AddCaInit(certs, context);
  AddIssue(certs, context);
  AddCrl(certs, context);
  AddInspect(certs, context);
  AddVerify(certs, context);
}

}  // namespace firebreak::cli
