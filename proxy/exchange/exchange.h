// Exchange is one request and its response on their way through the sidecar.
#ifndef FIREBREAK_PROXY_EXCHANGE_EXCHANGE_H_
#define FIREBREAK_PROXY_EXCHANGE_EXCHANGE_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

#include "base/recycler.h"
#include "filters/api/http_exchange.h"
#include "http/canonical.h"
#include "proxy/event/timeout_queue.h"
#include "proxy/exchange/exchange_services.h"
#include "proxy/exchange/open_requests.h"
#include "proxy/http/backlog.h"
#include "proxy/http/codec.h"
#include "proxy/upstream/http_pool.h"
#include "proxy/upstream/pooled_connection.h"

namespace firebreak::proxy {

class Exchange;

class ExchangeOwner {
 public:
  // OnExchangeEnd: both messages have ended, or never will. The owner destroys the exchange after
  // the current event; its record is written as soon as this returns.
  virtual void OnExchangeEnd(Exchange& exchange) = 0;

 protected:
  ~ExchangeOwner() = default;
};

// Body bytes go from one codec to the other as they come; a side that takes no more pauses the
// other. Nothing is sent to an upstream before the filters have allowed the request, and nothing of
// its body is read before there is an upstream to send it to.
class Exchange final : public Recycled,
                       private UpstreamWaiter,
                       private TimeoutEntry,
                       private filters::FilterMemory {
 public:
  enum class State { kDeciding, kWaiting, kForwarding, kDone };

  // The stream is the downstream's; the request is moved from. Everything else outlives the
  // exchange.
  Exchange(ExchangeServices& services, const ExchangeContext& context, ExchangeOwner& owner,
           ServerStream& downstream, http::Request& request);
  ~Exchange() override;
  // Record makes the record of a request that its codec has refused, and reset.
  static void Record(ExchangeServices& services, const ExchangeContext& context,
                     http::Request& request, absl::string_view code);
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  // Begin decides on the request and sends it on its way, or answers it. It may end the exchange
  // within.
  void Begin(const http::Rejection* rejection);
  // request_reader is whom the downstream's codec tells of the rest of the request.
  StreamReader* request_reader() { return &request_side_; }

  // Recheck asks the filters whether a live exchange may live on.
  void Recheck();
  // Report tells the filters of an exchange that is under way, and has been for so long since it
  // began or they were last told; false: it is not.
  bool Report(std::chrono::nanoseconds at_least);
  // Abort ends it because its connection ends, or may not live on. decided: the record of that
  // connection, where that was a decision (decided.h); null: it was none.
  void Abort(Verdict verdict, Reason reason, absl::string_view detail,
             const flows::Record* decided = nullptr);

  // The record so far; complete once the exchange has ended.
  const flows::Record& record() const { return facts_.record; }
  // Whether a response that had begun was broken off.
  bool cut() const { return told_ == Told::kCut; }

  size_t index = 0;  // in its owner's list

 private:
  // How much of a response the downstream has been told.
  enum class Told : uint8_t { kNothing, kHead, kWhole, kCut };

  // Way is what is to be known of the body that goes one way. While it keeps a piece that filters
  // are not through with, which goes on in a later turn, nothing behind that is read.
  struct Way final : Arrear {
    Way(Exchange& of, filters::Towards end)
        : Arrear(of.services_.backlog), exchange(of), towards(end) {}
    void DoSome() override { exchange.GoOnWith(*this); }
    void Clear() {
      Drop();
      std::string().swap(kept);
    }
    Exchange& exchange;
    const filters::Towards towards;
    std::string kept;       // empty: there is none
    bool paused = false;    // at its source
    bool received = false;  // to its end
  };

  struct RequestSide final : StreamReader {
    explicit RequestSide(Exchange& of) : exchange(of) {}
    void OnData(absl::string_view bytes) override { exchange.OnData(exchange.request_, bytes); }
    void OnEnd(const http::HeaderMap& trailers) override { exchange.OnRequestEnd(trailers); }
    void OnFailure(StreamFailure failure) override { exchange.OnDownstreamFailure(failure); }
    void OnWritable() override { exchange.Resume(exchange.response_); }
    std::shared_ptr<MemoryShare> memory() const override { return exchange.context_.memory; }
    Exchange& exchange;
  };
  struct ResponseSide final : ResponseReader {
    explicit ResponseSide(Exchange& of) : exchange(of) {}
    void OnInformational(http::Response& response) override { exchange.OnInformational(response); }
    void OnResponse(http::Response& response) override { exchange.OnResponse(response); }
    void OnData(absl::string_view bytes) override { exchange.OnData(exchange.response_, bytes); }
    void OnEnd(const http::HeaderMap& trailers) override { exchange.OnResponseEnd(trailers); }
    void OnFailure(StreamFailure failure) override { exchange.OnUpstreamFailure(failure); }
    void OnWritable() override { exchange.Resume(exchange.request_); }
    std::shared_ptr<MemoryShare> memory() const override { return exchange.context_.memory; }
    Exchange& exchange;
  };

  // WaitingHead is a response's head that filters would rather not let go before its first piece:
  // it waits for what comes in the same turn, and where the length of the body is announced, for as
  // long as head_waits has it. Streams of events and long polls announce none.
  struct WaitingHead final : Chore, TimeoutEntry {
    explicit WaitingHead(Exchange& of) : Chore(of.services_.agenda), exchange(of) {
      const bool announced = of.facts_.response.content_length.has_value();
      announced ? of.services_.head_waits.Add(*this) : Schedule();
    }
    void DoChore() override { exchange.OnWaitEnd(); }
    void OnTimeout() override { exchange.OnWaitEnd(); }
    Exchange& exchange;
  };

  void Recount();
  // CountKept: false when the pieces that are kept are more than may be held.
  bool CountKept();
  bool Change(size_t before, size_t after) override;
  // Heed does with a piece as the filters say.
  void Heed(filters::Step step, Way& way, absl::string_view bytes);
  void GoOnWith(Way& way);
  void Pass(Way& way, absl::string_view bytes);
  // Null when it has ended, or is not there yet.
  Stream* SourceOf(const Way& way);
  Stream* SinkOf(const Way& way);
  void Pause(Way& way);
  void Resume(Way& way);
  void OnData(Way& way, absl::string_view bytes);
  void OnRequestEnd(const http::HeaderMap& trailers);
  void OnDownstreamFailure(const StreamFailure& failure);
  // StartResponse sends the head on, unless it has gone.
  void StartResponse();
  void OnWaitEnd();
  void OnInformational(const http::Response& response);
  void OnResponse(http::Response& response);
  void OnResponseEnd(const http::HeaderMap& trailers);
  void OnUpstreamFailure(const StreamFailure& failure);
  void OnUpstreamReady(PooledConnection& connection) override;
  void OnUpstreamFailed(const UpstreamFailure& failure) override;
  void OnTimeout() override;

  void Acquire();
  void Forward(PooledConnection& connection);
  bool MayTryAgain(const StreamFailure& failure) const;
  // Answer sends the refusal in facts_ to the downstream, if it can still be told, and ends the
  // exchange.
  void Answer();
  void FailUpstream(Reason reason, int status, absl::string_view detail);
  void FinishIfDone();
  void Finish();
  void LetGoOfUpstream(StreamError error);
  bool upgraded() const { return facts_.response.status == 101; }

  ExchangeServices& services_;
  const ExchangeContext& context_;
  ExchangeOwner& owner_;
  filters::HttpExchange facts_;
  Way request_{*this, filters::Towards::kUpstream};
  Way response_{*this, filters::Towards::kDownstream};
  MemoryCharge charge_;  // for facts_, and what is kept
  size_t counted_ = 0;   // of it, what is kept
  MemoryCharge filter_charge_{HeldFor::kFilters};
  std::unique_ptr<WaitingHead> waiting_head_;  // null unless it had to wait
  std::optional<OpenRequests::Entry> open_;    // INBOUND, from when it is allowed to its end
  RequestSide request_side_{*this};
  ResponseSide response_side_{*this};
  State state_ = State::kDeciding;
  ServerStream* downstream_;  // null once it has ended
  ClientStream* upstream_ = nullptr;
  PooledConnection* connection_ = nullptr;  // that upstream_ is on
  int attempts_ = 0;
  MonoTime reported_at_;  // last
  Told told_ = Told::kNothing;
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_EXCHANGE_EXCHANGE_H_
