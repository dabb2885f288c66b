// persistence/src/scope.cpp - paths: joined, escaped, checked.
#include <stet/persistence/scope.hpp>

#include "utf8.hpp"

namespace stet {
namespace {

// What an error quotes of an input: enough to find it, without its control bytes.
std::string quoted_path(std::string_view text) {
  constexpr std::size_t shown_max = 60;
  std::string out = "'";
  for (const char c : text.substr(0, shown_max)) {
    const auto byte = static_cast<unsigned char>(c);
    out.push_back(byte < 0x20 || byte >= 0x7f ? '?' : c);
  }
  return out.append(text.size() > shown_max ? "...'" : "'");
}

// What is wrong with the bytes of a path or segment, or nothing.
const char* fault_of_bytes(std::string_view text) {
  if (text.empty()) return "is empty: name at least one segment";
  if (text.find('\0') != std::string_view::npos) return "holds a zero byte: leave it out";
  if (!detail::is_utf8(text)) return "is no valid UTF-8: encode it first";
  return nullptr;
}

// Appends each segment with a slash before it. False: there is none.
bool append_segments(std::string& path, std::string_view segments) {
  bool any = false;
  while (!segments.empty()) {
    const std::size_t end = std::min(segments.find('/'), segments.size());
    if (end != 0) {
      path.append("/").append(segments.substr(0, end));
      any = true;
    }
    segments.remove_prefix(std::min(end + 1, segments.size()));
  }
  return any;
}

}  // namespace

Scope Scope::failed(Errc code, std::string why) const {
  Scope out = *this;
  out.error_.emplace(code, std::move(why));
  return out;
}

Scope Scope::base(std::string_view path) {
  const Scope none;
  if (!path.starts_with("//")) {
    return none.failed(Errc::invalid_argument,
                       "base scope " + quoted_path(path) + " must begin with \"//\"");
  }
  Scope root;
  root.path_ = "/";  // The first of the two slashes; the segment brings the second.
  Scope out = root.scope(path.substr(2));
  if (!out.ok()) out.path_.clear();
  return out;
}

Scope Scope::scope(std::string_view segments) const {
  if (!ok()) return *this;
  if (const char* fault = fault_of_bytes(segments)) {
    return failed(Errc::invalid_argument, "scope " + quoted_path(segments) + " " + fault);
  }
  Scope out = *this;
  if (!append_segments(out.path_, segments)) {
    return failed(Errc::invalid_argument,
                  "scope " + quoted_path(segments) + " is empty: name at least one segment");
  }
  if (segments.back() == '/') {
    return failed(Errc::invalid_argument,
                  "scope " + quoted_path(segments) + " ends in a slash: leave it out");
  }
  if (out.path_.size() > scope_bytes_max) {
    return failed(Errc::too_large, "scope " + quoted_path(out.path_) + " has " +
                                       std::to_string(out.path_.size()) + " bytes, at most " +
                                       std::to_string(scope_bytes_max) + " are allowed");
  }
  return out;
}

Scope Scope::scope_segment(std::string_view segment) const {
  if (!ok()) return *this;
  std::string escaped;
  for (const char c :
       segment.substr(0, scope_bytes_max + 1)) {  // The rest is too long in any case.
    if (c == '/') {
      escaped.append("%2F");
    } else if (c == '%') {
      escaped.append("%25");
    } else {
      escaped.push_back(c);
    }
  }
  if (segment.size() > scope_bytes_max) {
    return failed(Errc::too_large, "scope segment " + quoted_path(segment) + " has " +
                                       std::to_string(segment.size()) + " bytes, at most " +
                                       std::to_string(scope_bytes_max) + " are allowed");
  }
  return scope(escaped);
}

Result<Scope> Scope::checked() const {
  if (!ok()) return *error_;
  return *this;
}

bool Scope::contains(const Scope& other) const noexcept {
  const std::string_view path = other.path_;
  return path.starts_with(path_) && (path.size() == path_.size() || path[path_.size()] == '/');
}

}  // namespace stet
