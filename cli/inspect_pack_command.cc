#include "cli/inspect_pack_command.h"

#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Validators.hpp>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

#include "base/escape.h"
#include "base/status.h"
#include "certs/pem.h"
#include "certs/pem_file.h"
#include "certs/signature_file.h"
#include "certs/signing_key.h"
#include "cli/certs_files.h"
#include "config/file_text.h"
#include "inspect/pack/rule_pack.h"

namespace firebreak::cli {
namespace {

struct PackFlags {
  std::vector<std::string> files;
  std::vector<std::string> keys;
  std::string file;
  std::string key;
};

absl::Status Named(const std::string& file, const absl::Status& status) {
  return {status.code(), absl::StrCat(file, ": ", status.message())};
}

// ReadText gives the text of a pack that is in order, after its tests; nothing, and the exit code
// set, when it is not.
std::optional<std::string> ReadText(const std::string& file, CommandContext& context) {
  config::Diagnostics diagnostics;
  auto text = config::ReadFileText(file, &diagnostics);
  const bool readable = text.has_value();
  const auto pack = readable ? inspect::ReadPack(file, *text, &diagnostics) : nullptr;
  context.err << diagnostics.Format(context.UseColor());
  if (pack == nullptr) {
    // One that cannot be read at all outweighs one that is not in order.
    if (!readable || context.exit_code == kExitYes) {
      context.exit_code = readable ? kExitNo : kExitUsage;
    }
    return std::nullopt;
  }
  context.out << PrintableEscaped(file) << ": " << pack->name << " version " << pack->version
              << ", " << pack->rules.size() << (pack->rules.size() == 1 ? " rule" : " rules")
              << ", all tests pass\n";
  return text;
}

absl::StatusOr<std::vector<certs::VerifyingKey>> ReadKeys(const std::vector<std::string>& files) {
  std::vector<certs::VerifyingKey> keys;
  for (const std::string& file : files) {
    FB_ASSIGN_OR_RETURN(const std::string text, certs::ReadPemFile(file));
    auto key = certs::VerifyingKey::Parse(absl::StripAsciiWhitespace(text));
    if (!key.ok()) return Named(file, key.status());
    keys.push_back(*std::move(key));
  }
  return keys;
}

void RunCheck(const PackFlags& flags, CommandContext& context) {
  const auto keys = ReadKeys(flags.keys);
  if (!keys.ok()) {
    context.exit_code = Fail(context, keys.status());
    return;
  }
  for (const std::string& file : flags.files) {
    const auto text = ReadText(file, context);
    if (!text.has_value()) continue;
    if (flags.keys.empty()) continue;
    const absl::Status verified =
        certs::CheckSignatureFile(file, inspect::SignedPartOf(*text), *keys);
    if (verified.ok()) {
      context.out << PrintableEscaped(file) << ": signed by one of the keys\n";
      continue;
    }
    Fail(context, verified);
    if (context.exit_code == kExitYes) context.exit_code = kExitNo;
  }
}

absl::Status Sign(const std::string& file, absl::string_view text, const std::string& key_file) {
  FB_ASSIGN_OR_RETURN(std::string pem, certs::ReadKeyFile(key_file));
  const auto key = certs::SigningKey::FromPem(pem);
  certs::WipeString(&pem);
  if (!key.ok()) return Named(key_file, key.status());
  FB_ASSIGN_OR_RETURN(const std::string line,
                      certs::SignatureLine(inspect::SignedPartOf(text), *key));
  // A signature may be made again after every change.
  return WriteFiles({{certs::SignatureFileOf(file), line, kPublicFile}}, /*force=*/true);
}

void RunSign(const PackFlags& flags, CommandContext& context) {
  const auto text = ReadText(flags.file, context);
  if (!text.has_value()) return;
  const absl::Status done = Sign(flags.file, *text, flags.key);
  if (!done.ok()) {
    context.exit_code = Fail(context, done);
    return;
  }
  context.out << PrintableEscaped(certs::SignatureFileOf(flags.file)) << " written\n";
}

absl::Status MakeKeys(const std::string& file) {
  FB_ASSIGN_OR_RETURN(const certs::SigningKey key, certs::SigningKey::Generate());
  FB_ASSIGN_OR_RETURN(std::string pem, key.Pem());
  const std::string public_line = key.public_half().text() + "\n";
  absl::Status written = WriteFiles(
      {{file, pem, kSecretFile}, {file + ".pub", public_line, kPublicFile}}, /*force=*/false,
      "take another name: sidecars that know the old key would believe no new pack");
  certs::WipeString(&pem);
  return written;
}

void RunKeygen(const PackFlags& flags, CommandContext& context) {
  const absl::Status made = MakeKeys(flags.file);
  if (!made.ok()) {
    context.exit_code = Fail(context, made);
    return;
  }
  context.out << PrintableEscaped(flags.file) << " (keep it secret) and "
              << PrintableEscaped(flags.file) << ".pub written\n";
}

}  // namespace

void AddInspectPack(CLI::App& inspect_command, CommandContext& context) {
  CLI::App& command =
      *inspect_command.add_subcommand("pack", "Rules of your own, such as virtual patches");
  command.require_subcommand(1);
  auto flags = std::make_shared<PackFlags>();

  CLI::App& check = *command.add_subcommand(
      "check", "Reads packs and tries the tests in them. Exits 1 when one is not in order");
  check.add_option("FILE", flags->files, "Rule packs")->required();
  check
      .add_option("--key", flags->keys,
                  "Also check FILE.sig; one of these public keys must have signed")
      ->option_text("PUBLIC");
  check.callback([flags, &context] { RunCheck(*flags, context); });

  CLI::App& sign =
      *command.add_subcommand("sign", "Checks a pack and writes its signature to FILE.sig");
  sign.add_option("FILE", flags->file, "A rule pack")->required();
  sign.add_option("--key", flags->key, "The private key")->option_text("KEY")->required();
  sign.callback([flags, &context] { RunSign(*flags, context); });

  CLI::App& keygen = *command.add_subcommand(
      "keygen", "Makes a pair of keys: FILE to sign with, FILE.pub for sidecars");
  keygen.add_option("FILE", flags->file, "Where to write the private key")->required();
  keygen.callback([flags, &context] { RunKeygen(*flags, context); });
}

}  // namespace firebreak::cli
