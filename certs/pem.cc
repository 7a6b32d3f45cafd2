#include "certs/pem.h"

#include <openssl/base64.h>
#include <openssl/bio.h>
#include <openssl/mem.h>
#include <openssl/pem.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "base/escape.h"
#include "base/status.h"
#include "certs/boringssl_error.h"

namespace firebreak::certs {
namespace {

constexpr absl::string_view kBegin = "-----BEGIN ";
constexpr size_t kLineBytes = 64;

size_t CountBlocks(absl::string_view text) {
  size_t count = 0;
  for (size_t at = text.find(kBegin); at != absl::string_view::npos;
       at = text.find(kBegin, at + kBegin.size())) {
    ++count;
  }
  return count;
}

}  // namespace

absl::StatusOr<std::vector<PemBlock>> ReadPem(absl::string_view text) {
  const size_t expected = CountBlocks(text);
  if (expected == 0) return absl::InvalidArgumentError("not PEM: no -----BEGIN line");
  const bssl::UniquePtr<BIO> bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  if (bio == nullptr) return absl::InternalError("out of memory");
  std::vector<PemBlock> blocks;
  char* name = nullptr;
  char* header = nullptr;
  uint8_t* data = nullptr;
  long size = 0;
  while (PEM_read_bio(bio.get(), &name, &header, &data, &size) == 1) {
    const bssl::UniquePtr<char> own_name(name);
    const bssl::UniquePtr<char> own_header(header);
    const bssl::UniquePtr<uint8_t> own_data(data);  // OPENSSL_free wipes
    if (*header != '\0' || absl::StrContains(name, "ENCRYPTED")) {
      return absl::InvalidArgumentError("encrypted PEM is not supported");
    }
    blocks.push_back(
        {name, std::string(reinterpret_cast<const char*>(data), static_cast<size_t>(size))});
  }
  const std::string reason = DrainErrors();  // NO_START_LINE where all is well
  if (blocks.size() != expected) {
    for (PemBlock& block : blocks) WipeString(&block.der);
    return absl::InvalidArgumentError(
        absl::StrCat("PEM block ", blocks.size() + 1, " of ", expected, " is damaged: ", reason));
  }
  return blocks;
}

absl::StatusOr<std::vector<std::string>> ReadPemOf(absl::string_view label,
                                                   absl::string_view text) {
  FB_ASSIGN_OR_RETURN(std::vector<PemBlock> blocks, ReadPem(text));
  std::vector<std::string> out;
  out.reserve(blocks.size());
  absl::Status status;
  for (PemBlock& block : blocks) {
    if (block.label == label) {
      out.push_back(std::move(block.der));
      continue;
    }
    status.Update(absl::InvalidArgumentError(
        absl::StrCat("expected ", label, " blocks, found ", PrintableEscaped(block.label))));
    WipeString(&block.der);  // it may be a key in the wrong file
  }
  if (!status.ok()) return status;
  return out;
}

std::string WritePem(absl::string_view label, absl::string_view der) {
  size_t size = 0;
  EVP_EncodedLength(&size, der.size());
  std::string base64(size, '\0');
  const size_t written = EVP_EncodeBlock(reinterpret_cast<uint8_t*>(base64.data()),
                                         reinterpret_cast<const uint8_t*>(der.data()), der.size());
  std::string out;
  out.reserve(written + written / kLineBytes + 2 * label.size() + 48);
  absl::StrAppend(&out, kBegin, label, "-----\n");
  for (size_t at = 0; at < written; at += kLineBytes) {
    absl::StrAppend(&out, absl::string_view(base64).substr(at, std::min(kLineBytes, written - at)),
                    "\n");
  }
  absl::StrAppend(&out, "-----END ", label, "-----\n");
  WipeString(&base64);
  return out;
}

void WipeString(std::string* text) {
  text->resize(text->capacity());
  OPENSSL_cleanse(text->data(), text->size());
  text->clear();
}

}  // namespace firebreak::certs
