#include "proxy/tls/tls_stream.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "base/ip.h"
#include "base/status.h"
#include "certs/boringssl_error.h"
#include "certs/pem.h"
#include "certs/pem_file.h"
#include "certs/private_key.h"

namespace firebreak::proxy {
namespace {

constexpr size_t kReadBytes = size_t{16} << 10;
constexpr std::array<uint8_t, 3> kHttp2 = {2, 'h', '2'};  // as ALPN lists names (RFC 7301)

absl::Status Wrong(const std::string& file, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(file, ": ", what));
}

using Certificate = std::unique_ptr<X509, void (*)(X509*)>;

absl::StatusOr<std::vector<Certificate>> ReadCertificates(const std::string& file) {
  FB_ASSIGN_OR_RETURN(const std::string pem, certs::ReadPemFile(file));
  const auto blocks = certs::ReadPemOf(certs::kPemCertificate, pem);
  if (!blocks.ok()) return Wrong(file, blocks.status().message());
  std::vector<Certificate> certificates;
  for (const std::string& der : *blocks) {
    const auto* bytes = reinterpret_cast<const uint8_t*>(der.data());
    Certificate read(d2i_X509(nullptr, &bytes, static_cast<long>(der.size())), &X509_free);
    if (read == nullptr) return Wrong(file, certs::DrainErrors());
    certificates.push_back(std::move(read));
  }
  return certificates;
}

absl::Status Trust(const std::string& file, SSL_CTX* context) {
  FB_ASSIGN_OR_RETURN(const std::vector<Certificate> roots, ReadCertificates(file));
  for (const Certificate& root : roots) {
    if (X509_STORE_add_cert(SSL_CTX_get_cert_store(context), root.get()) != 1) {
      return Wrong(file, certs::DrainErrors());
    }
  }
  return absl::OkStatus();
}

absl::Status Show(const std::string& chain_file, const std::string& key_file, SSL_CTX* context) {
  FB_ASSIGN_OR_RETURN(const std::vector<Certificate> chain, ReadCertificates(chain_file));
  FB_ASSIGN_OR_RETURN(std::string pem, certs::ReadKeyFile(key_file));
  const auto key = certs::ParsePrivateKeyPem(pem);
  certs::WipeString(&pem);
  if (!key.ok()) return Wrong(key_file, key.status().message());
  bool used = SSL_CTX_use_certificate(context, chain[0].get()) == 1;
  for (size_t i = 1; i < chain.size(); ++i) {
    used = used && SSL_CTX_add1_chain_cert(context, chain[i].get()) == 1;
  }
  if (!used) return Wrong(chain_file, certs::DrainErrors());
  if (SSL_CTX_use_PrivateKey(context, key->get()) != 1)
    return Wrong(key_file, certs::DrainErrors());
  return absl::OkStatus();
}

// CertificateFault is what is wrong with the certificate that was shown, if that is known by now.
std::string CertificateFault(const SSL* tls) {
  const long verified = SSL_get_verify_result(tls);
  if (verified == X509_V_OK || verified == X509_V_ERR_INVALID_CALL) return "";
  return absl::StrCat(", certificate of the receiver: ", X509_verify_cert_error_string(verified));
}

}  // namespace

TlsStream::TlsStream(TlsStreamOptions options, const Clock& clock)
    : options_(std::move(options)), socket_(clock), tls_(nullptr, &SSL_free) {}

TlsStream::~TlsStream() = default;

absl::Status TlsStream::Check() const { return NewContext().status(); }

absl::StatusOr<TlsStream::Context> TlsStream::NewContext() const {
  Context context(SSL_CTX_new(TLS_method()), &SSL_CTX_free);
  if (context == nullptr || SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) != 1) {
    return absl::InternalError("cannot create a TLS context");
  }
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  FB_RETURN_IF_ERROR(Trust(options_.trust_bundle, context.get()));
  if (!options_.certificate_chain.empty()) {
    FB_RETURN_IF_ERROR(Show(options_.certificate_chain, options_.private_key, context.get()));
  }
  return context;
}

// Begin makes the client's side of a connection. TLS reads and writes memory; the bytes are carried
// by socket_, which knows of deadlines.
absl::Status TlsStream::Begin(SSL_CTX* context) {
  tls_.reset(SSL_new(context));
  const std::string& name = options_.server_name;
  const bool is_address = IpAddress::Parse(name).ok();
  BIO* const in = BIO_new(BIO_s_mem());
  BIO* const out = BIO_new(BIO_s_mem());
  if (tls_ == nullptr || in == nullptr || out == nullptr) {
    BIO_free(in);
    BIO_free(out);
    return Fail("TLS");
  }
  BIO_set_mem_eof_return(in, -1);  // empty is not ended
  SSL_set_bio(tls_.get(), in, out);
  SSL_set_connect_state(tls_.get());
  X509_VERIFY_PARAM* const demands = SSL_get0_param(tls_.get());
  X509_VERIFY_PARAM_set_hostflags(demands, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  const bool set = is_address
                       ? X509_VERIFY_PARAM_set1_ip_asc(demands, name.c_str()) == 1
                       : X509_VERIFY_PARAM_set1_host(demands, name.data(), name.size()) == 1 &&
                             SSL_set_tlsext_host_name(tls_.get(), name.c_str()) == 1;
  if (!set) return Fail("the receiver's name");
  // SSL_set_alpn_protos returns 0 for success, unlike its neighbours.
  const bool offered =
      !options_.http2 || SSL_set_alpn_protos(tls_.get(), kHttp2.data(), kHttp2.size()) == 0;
  return offered ? absl::OkStatus() : Fail("ALPN");
}

absl::Status TlsStream::CheckAlpn() {
  if (!options_.http2) return absl::OkStatus();
  const uint8_t* chosen = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(tls_.get(), &chosen, &size);
  const absl::string_view name(reinterpret_cast<const char*>(chosen), size);
  if (name == "h2") return absl::OkStatus();
  Close();
  return absl::UnavailableError("the receiver does not speak HTTP/2");
}

absl::Status TlsStream::Connect(const std::string& host, uint16_t port, MonoTime deadline) {
  Close();
  FB_ASSIGN_OR_RETURN(const Context context, NewContext());
  FB_RETURN_IF_ERROR(socket_.Connect(host, port, deadline));
  FB_RETURN_IF_ERROR(Begin(context.get()));
  return Handshake(deadline);
}

absl::Status TlsStream::Handshake(MonoTime deadline) {
  while (true) {
    const int result = SSL_do_handshake(tls_.get());
    if (result == 1) {
      FB_RETURN_IF_ERROR(CheckAlpn());
      return Flush(deadline);
    }
    const std::string what = absl::StrCat("TLS handshake", CertificateFault(tls_.get()));
    FB_RETURN_IF_ERROR(Exchange(result, what, deadline));
  }
}

absl::Status TlsStream::Stopped(int result, absl::string_view what) {
  const int error = SSL_get_error(tls_.get(), result);
  if (error == SSL_ERROR_ZERO_RETURN) return absl::OutOfRangeError("the end");
  if (error == SSL_ERROR_WANT_READ) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat(what, ": ", certs::DrainErrors()));
}

absl::Status TlsStream::TakeIn(const std::string& bytes, absl::string_view what) {
  if (bytes.empty()) return Fail(absl::StrCat(what, ": cut off"));
  BIO_write(SSL_get_rbio(tls_.get()), bytes.data(), static_cast<int>(bytes.size()));
  return absl::OkStatus();
}

absl::Status TlsStream::Exchange(int result, absl::string_view what, MonoTime deadline) {
  absl::Status stopped = Stopped(result, what);
  if (absl::IsOutOfRange(stopped)) return stopped;
  if (!stopped.ok()) {
    Flush(deadline).IgnoreError();  // the alert that says so to the other side
    Close();
    return stopped;
  }
  FB_RETURN_IF_ERROR(Flush(deadline));
  auto bytes = socket_.Read(kReadBytes, deadline);
  if (bytes.ok()) return TakeIn(*bytes, what);
  Close();
  return bytes.status();
}

absl::Status TlsStream::Flush(MonoTime deadline) {
  BIO* const out = SSL_get_wbio(tls_.get());
  const uint8_t* bytes = nullptr;
  size_t size = 0;
  if (BIO_mem_contents(out, &bytes, &size) != 1 || size == 0) return absl::OkStatus();
  const absl::string_view text(reinterpret_cast<const char*>(bytes), size);
  absl::Status written = socket_.Write(text, deadline);
  if (written.ok()) {
    BIO_reset(out);
  } else {
    Close();
  }
  return written;
}

absl::Status TlsStream::Write(absl::string_view text, MonoTime deadline) {
  while (!text.empty()) {
    const auto size = std::min(text.size(), kReadBytes);
    const int result = SSL_write(tls_.get(), text.data(), static_cast<int>(size));
    if (result > 0) {
      text.remove_prefix(static_cast<size_t>(result));
      FB_RETURN_IF_ERROR(Flush(deadline));
    } else {
      FB_RETURN_IF_ERROR(Exchange(result, "TLS write", deadline));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> TlsStream::Read(size_t most, MonoTime deadline) {
  std::string text(most, '\0');
  while (true) {
    const int result = SSL_read(tls_.get(), text.data(), static_cast<int>(text.size()));
    if (result > 0) {
      text.resize(static_cast<size_t>(result));
      return text;
    }
    const absl::Status more = Exchange(result, "TLS read", deadline);
    if (absl::IsOutOfRange(more)) return std::string();
    FB_RETURN_IF_ERROR(more);
  }
}

// What TLS itself has to say to this goes out with the next Write.
absl::StatusOr<std::optional<std::string>> TlsStream::ReadNow(size_t most) {
  std::string text(most, '\0');
  while (true) {
    const int result = SSL_read(tls_.get(), text.data(), static_cast<int>(text.size()));
    if (result > 0) {
      text.resize(static_cast<size_t>(result));
      return text;
    }
    absl::Status stopped = Stopped(result, "TLS read");
    if (absl::IsOutOfRange(stopped)) return std::string();
    absl::StatusOr<std::optional<std::string>> bytes = std::nullopt;
    if (stopped.ok()) bytes = socket_.ReadNow(kReadBytes);
    if (stopped.ok() && bytes.ok() && !bytes->has_value()) return std::nullopt;
    if (stopped.ok()) stopped = bytes.ok() ? TakeIn(**bytes, "TLS read") : bytes.status();
    if (!stopped.ok()) {
      Close();
      return stopped;
    }
  }
}

bool TlsStream::IsStale() const { return SSL_pending(tls_.get()) > 0 || socket_.IsStale(); }

void TlsStream::Close() {
  tls_.reset();
  socket_.Close();
}

absl::Status TlsStream::Fail(absl::string_view what) {
  absl::Status failed = absl::UnavailableError(absl::StrCat(what, ": ", certs::DrainErrors()));
  Close();
  return failed;
}

}  // namespace firebreak::proxy
