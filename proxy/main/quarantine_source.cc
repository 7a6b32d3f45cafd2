#include "proxy/main/quarantine_source.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/log.h"
#include "base/status.h"
#include "certs/pem_file.h"
#include "config/replace_file.h"

namespace firebreak::proxy {
namespace {

constexpr mode_t kKeptMode = 0600;

}  // namespace

QuarantineSource::QuarantineSource(const config::QuarantineConfig& config,
                                   std::vector<certs::VerifyingKey> keys, const Clock& clock)
    : path_(config.path),
      last_good_path_(config.last_good_path),
      keys_(std::move(keys)),
      clock_(&clock),
      watch_(path_.empty() ? std::vector<std::string>() : std::vector<std::string>{path_},
             FileWatch::Depth::kFiles),
      in_force_(std::make_shared<const quarantine::Quarantine>()) {
  Recall();
  Reload();
}

void QuarantineSource::Remember() {
  remembers_ = true;
  if (stats_.reloads > 0) Keep();
}

bool QuarantineSource::Poll() { return watch_.Changed() && Reload(); }

bool QuarantineSource::Reload() {
  if (path_.empty()) return false;
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
  return Judge(text.ok() ? Take(path_, *text) : text.status());
}

bool QuarantineSource::Offer(absl::string_view from, const std::string& text) {
  return Judge(Take(from, text));
}

bool QuarantineSource::Judge(const absl::Status& taken) {
  if (taken.ok()) return true;
  if (absl::IsAlreadyExists(taken)) return false;
  ++stats_.rejections;
  FB_LOG(kError, "quarantine list refused, the last good one stays: ", taken.message());
  return false;
}

absl::Status QuarantineSource::Take(absl::string_view from, const std::string& text) {
  if (text == text_) return absl::AlreadyExistsError("in force");
  FB_ASSIGN_OR_RETURN(quarantine::List list, quarantine::ReadList(from, text, keys_));
  const absl::Time now = clock_->WallNow();
  if (list.expires_at <= now) {
    return absl::FailedPreconditionError(
        absl::StrCat(from, ": the list expired at ", absl::FormatTime(list.expires_at)));
  }
  if (list.serial <= stats_.serial) {
    return absl::FailedPreconditionError(absl::StrCat(from, ": serial ", list.serial,
                                                      " is not newer than ", stats_.serial,
                                                      ", which is in force"));
  }
  PutInForce(text, std::move(list));
  ++stats_.reloads;
  if (remembers_) Keep();
  return absl::OkStatus();
}

void QuarantineSource::PutInForce(const std::string& text, quarantine::List list) {
  text_ = text;
  stats_.serial = list.serial;
  in_force_ = std::make_shared<const quarantine::Quarantine>(std::move(list.entries));
  FB_LOG(kWarning, "quarantine in force: serial ", stats_.serial, " with ",
         in_force_->InForce(clock_->WallNow()), " entries");
}

void QuarantineSource::Recall() {
  if (last_good_path_.empty()) return;
  std::error_code error;
  if (!std::filesystem::exists(last_good_path_, error)) return;
  const auto text = certs::ReadPemFile(last_good_path_);
  auto list = text.ok() ? quarantine::ReadList(last_good_path_, *text, keys_) : text.status();
  if (!list.ok()) {
    ++stats_.rejections;
    FB_LOG(kError, "nothing is known of earlier quarantine lists: ", list.status().message());
    return;
  }
  PutInForce(*text, *std::move(list));
}

void QuarantineSource::Keep() const {
  if (last_good_path_.empty()) return;
  const absl::Status kept = config::ReplaceFile(last_good_path_, text_, kKeptMode);
  if (kept.ok()) return;
  // The list is in force all the same: not to be able to remember is no reason to release.
  FB_LOG(kError, "the quarantine list will not be remembered over a restart: ", kept.message());
}

QuarantineStats QuarantineSource::Stats() const {
  QuarantineStats stats = stats_;
  stats.in_force = in_force_->InForce(clock_->WallNow());
  return stats;
}

}  // namespace firebreak::proxy
