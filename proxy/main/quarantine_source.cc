#include "proxy/main/quarantine_source.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/log.h"
#include "base/status.h"
#include "certs/pem_file.h"
#include "quarantine/signed_list.h"

namespace firebreak::proxy {

absl::StatusOr<QuarantineSource> QuarantineSource::Open(const config::QuarantineConfig& config,
                                                        const Clock& clock) {
  std::vector<certs::VerifyingKey> keys;
  for (size_t i = 0; i < config.keys.size(); ++i) {
    auto key = certs::VerifyingKey::Parse(config.keys[i]);
    if (!key.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("quarantine.keys[", i, "]: ", key.status().message()));
    }
    keys.push_back(*std::move(key));
  }
  QuarantineSource source(config.path, std::move(keys), clock);
  source.Reload();
  return source;
}

QuarantineSource::QuarantineSource(std::string path, std::vector<certs::VerifyingKey> keys,
                                   const Clock& clock)
    : path_(std::move(path)),
      keys_(std::move(keys)),
      clock_(&clock),
      watch_({path_}),
      in_force_(std::make_shared<const quarantine::Quarantine>()) {}

bool QuarantineSource::Poll() { return watch_.Changed() && Reload(); }

bool QuarantineSource::Reload() {
  watch_.Accept();
  std::error_code error;
  stats_.missing = !std::filesystem::exists(path_, error);
  if (stats_.missing) {
    // Before the first list there is nothing to lose.
    if (stats_.serial == 0) {
      FB_LOG(kWarning, path_, ": no quarantine list is here yet; nobody is quarantined");
    } else {
      FB_LOG(kError, path_, ": no quarantine list is here; the last good one stays");
    }
    return false;
  }
  const auto text = certs::ReadPemFile(path_);
  const absl::Status taken = text.ok() ? Take(*text) : text.status();
  if (taken.ok()) return true;
  if (absl::IsAlreadyExists(taken)) return false;
  ++stats_.rejections;
  FB_LOG(kError, "quarantine list refused, the last good one stays: ", taken.message());
  return false;
}

absl::Status QuarantineSource::Take(const std::string& text) {
  if (text == text_) return absl::AlreadyExistsError("in force");
  FB_ASSIGN_OR_RETURN(quarantine::List list, quarantine::ReadList(path_, text, keys_));
  const absl::Time now = clock_->WallNow();
  if (list.expires_at <= now) {
    return absl::FailedPreconditionError(
        absl::StrCat(path_, ": the list expired at ", absl::FormatTime(list.expires_at)));
  }
  if (list.serial <= stats_.serial) {
    return absl::FailedPreconditionError(absl::StrCat(path_, ": serial ", list.serial,
                                                      " is not newer than ", stats_.serial,
                                                      ", which is in force"));
  }
  text_ = text;
  stats_.serial = list.serial;
  ++stats_.reloads;
  in_force_ = std::make_shared<const quarantine::Quarantine>(std::move(list.entries));
  FB_LOG(kWarning, "quarantine in force: serial ", stats_.serial, " with ", in_force_->InForce(now),
         " entries");
  return absl::OkStatus();
}

QuarantineStats QuarantineSource::Stats() const {
  QuarantineStats stats = stats_;
  stats.in_force = in_force_->InForce(clock_->WallNow());
  return stats;
}

}  // namespace firebreak::proxy
