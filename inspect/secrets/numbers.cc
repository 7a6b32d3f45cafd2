#include "inspect/secrets/numbers.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"

namespace firebreak::inspect {
namespace {

// The first four digits of an issuer's numbers, and their lengths.
struct IssuerRange {
  int low;
  int high;
  size_t shortest;
  size_t longest;
};

constexpr IssuerRange kIssuers[] = {
    {4000, 4999, 13, 19},                        // Visa: 13, 16 or 19
    {5100, 5599, 16, 16},                        // Mastercard
    {2221, 2720, 16, 16}, {3400, 3499, 15, 15},  // American Express
    {3700, 3799, 15, 15}, {6011, 6011, 16, 19},  // Discover
    {6440, 6599, 16, 19}, {3000, 3059, 14, 19},  // Diners Club
    {3095, 3095, 14, 19}, {3600, 3699, 14, 19}, {3800, 3999, 14, 19}, {3528, 3589, 16, 19},  // JCB
    {6200, 6299, 16, 19},  // UnionPay
};

// Numbers that payment services publish for tests. Nobody can pay with them.
constexpr absl::string_view kTestCards[] = {
    "4111111111111111", "4242424242424242", "4012888888881881", "4000056655665556",
    "4000000000000002", "4222222222222",    "5555555555554444", "5105105105105100",
    "5200828282828210", "2223003122003222", "378282246310005",  "371449635398431",
    "6011111111111117", "6011000990139424", "30569309025904",   "38520000023237",
    "3056930009020004", "36227206271667",   "3530111333300000", "3566002020360505",
    "6200000000000005"};

struct IbanCountry {
  absl::string_view code;
  size_t length;
};

// The registry of ISO 13616.
constexpr IbanCountry kIbanCountries[] = {
    {"AD", 24}, {"AE", 23}, {"AL", 28}, {"AT", 20}, {"AZ", 28}, {"BA", 20}, {"BE", 16}, {"BG", 22},
    {"BH", 22}, {"BI", 27}, {"BR", 29}, {"BY", 28}, {"CH", 21}, {"CR", 22}, {"CY", 28}, {"CZ", 24},
    {"DE", 22}, {"DJ", 27}, {"DK", 18}, {"DO", 28}, {"EE", 20}, {"EG", 29}, {"ES", 24}, {"FI", 18},
    {"FK", 18}, {"FO", 18}, {"FR", 27}, {"GB", 22}, {"GE", 22}, {"GI", 23}, {"GL", 18}, {"GR", 27},
    {"GT", 28}, {"HR", 21}, {"HU", 28}, {"IE", 22}, {"IL", 23}, {"IQ", 23}, {"IS", 26}, {"IT", 27},
    {"JO", 30}, {"KW", 30}, {"KZ", 20}, {"LB", 28}, {"LC", 32}, {"LI", 21}, {"LT", 20}, {"LU", 20},
    {"LV", 21}, {"LY", 25}, {"MC", 27}, {"MD", 24}, {"ME", 22}, {"MK", 19}, {"MN", 20}, {"MR", 27},
    {"MT", 31}, {"MU", 30}, {"NI", 28}, {"NL", 18}, {"NO", 15}, {"OM", 23}, {"PK", 24}, {"PL", 28},
    {"PS", 29}, {"PT", 25}, {"QA", 29}, {"RO", 24}, {"RS", 22}, {"RU", 33}, {"SA", 24}, {"SC", 31},
    {"SD", 18}, {"SE", 24}, {"SI", 19}, {"SK", 24}, {"SM", 27}, {"SO", 23}, {"ST", 25}, {"SV", 28},
    {"TL", 23}, {"TN", 24}, {"TR", 26}, {"UA", 29}, {"VA", 22}, {"VG", 24}, {"XK", 20}, {"YE", 30}};

constexpr absl::string_view kExampleIbans[] = {"GB29NWBK60161331926819", "DE89370400440532013000",
                                               "FR1420041010050500013M02606",
                                               "GB82WEST12345698765432", "CH9300762011623852957"};

bool IsLuhn(absl::string_view digits) {
  int sum = 0;
  bool twice = false;
  for (size_t i = digits.size(); i-- > 0;) {
    int digit = digits[i] - '0';
    if (twice) digit = digit > 4 ? 2 * digit - 9 : 2 * digit;
    sum += digit;
    twice = !twice;
  }
  return sum % 10 == 0;
}

template <typename Texts>
bool IsOneOf(const Texts& texts, absl::string_view text) {
  return std::find(std::begin(texts), std::end(texts), text) != std::end(texts);
}

}  // namespace

bool IsCardNumber(absl::string_view digits) {
  if (digits.size() < 13 || digits.size() > 19) return false;
  if (!std::all_of(digits.begin(), digits.end(), absl::ascii_isdigit)) return false;
  int start = 0;
  if (!absl::SimpleAtoi(digits.substr(0, 4), &start)) return false;
  const bool issued =
      std::any_of(std::begin(kIssuers), std::end(kIssuers), [&](const IssuerRange& range) {
        return start >= range.low && start <= range.high && digits.size() >= range.shortest &&
               digits.size() <= range.longest;
      });
  const bool visa_length = digits[0] != '4' || (digits.size() - 13) % 3 == 0;
  return issued && visa_length && IsLuhn(digits) && !IsOneOf(kTestCards, digits);
}

bool IsCardGrouping(absl::Span<const uint8_t> lengths) {
  if (lengths.size() == 1) return true;
  if (lengths.size() == 3) {
    return lengths[0] == 4 && lengths[1] == 6 && (lengths[2] == 5 || lengths[2] == 4);
  }
  const bool fours = lengths.size() >= 4 && std::all_of(lengths.begin(), lengths.begin() + 4,
                                                        [](uint8_t length) { return length == 4; });
  return fours && (lengths.size() == 4 || (lengths.size() == 5 && lengths[4] == 3));
}

size_t IbanLength(absl::string_view country) {
  for (const IbanCountry& known : kIbanCountries) {
    if (known.code == country) return known.length;
  }
  return 0;
}

bool IsIban(absl::string_view text) {
  if (text.size() < 15 || text.size() != IbanLength(text.substr(0, 2))) return false;
  if (!absl::ascii_isdigit(text[2]) || !absl::ascii_isdigit(text[3])) return false;
  // The first four characters go to the end; letters are 10 to 35.
  int remainder = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[(i + 4) % text.size()];
    if (absl::ascii_isdigit(c)) {
      remainder = (remainder * 10 + (c - '0')) % 97;
    } else if (absl::ascii_isupper(c)) {
      remainder = (remainder * 100 + (c - 'A' + 10)) % 97;
    } else {
      return false;
    }
  }
  return remainder == 1 && !IsOneOf(kExampleIbans, text);
}

bool IsUsSsn(absl::string_view text) {
  if (text.size() != 11 || text[3] != '-' || text[6] != '-') return false;
  int area = 0;
  int group = 0;
  int serial = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (i != 3 && i != 6 && !absl::ascii_isdigit(text[i])) return false;
  }
  if (!absl::SimpleAtoi(text.substr(0, 3), &area) || !absl::SimpleAtoi(text.substr(4, 2), &group) ||
      !absl::SimpleAtoi(text.substr(7, 4), &serial)) {
    return false;
  }
  return area != 0 && area != 666 && area < 900 && group != 0 && serial != 0;
}

}  // namespace firebreak::inspect
