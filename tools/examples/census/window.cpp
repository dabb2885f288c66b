// tools/examples/census/window.cpp - copies stanzas out of the parser's buffers.
#include "window.hpp"

namespace census {

stet::Result<void> Window::read(StanzaParser& parser, LineReader& reader) {
  clear();
  last_ = false;
  // Never moved while views point into it: each stanza is at least one message.
  texts_.reserve(messages_max);
  const auto started = std::chrono::steady_clock::now();
  std::size_t messages = 0;
  while (messages < messages_max && std::chrono::steady_clock::now() - started < time_max) {
    Stanza stanza;
    stet::Result<bool> more = parser.next(stanza);
    if (!more) return std::move(more).error();
    if (!*more) {
      last_ = true;
      break;
    }
    std::size_t bytes = stanza.name.size() + stanza.section.size();
    for (const std::string_view name : stanza.dependencies) bytes += name.size();
    std::string& text = texts_.emplace_back();
    text.reserve(bytes);  // One allocation, and the views stay where they are.
    const auto keep = [&text](std::string_view part) {
      const std::size_t at = text.size();
      text.append(part);
      return std::string_view(text.data() + at, part.size());
    };
    Item& item = items_.emplace_back();
    item.number = stanza.number;
    item.installed_size_kib = stanza.installed_size_kib;
    item.name = keep(stanza.name);
    item.section = keep(stanza.section);
    item.has_section = stanza.has_section;
    item.dependencies = stanza.dependencies.size();
    for (const std::string_view name : stanza.dependencies) dependencies_.push_back(keep(name));
    messages += 1 + stanza.dependencies.size();
    end_ = reader.position();
    counts_ = parser.counts();
  }
  end_ = reader.position();  // At the end of input there may be bad ones behind the last stanza.
  counts_ = parser.counts();
  return {};
}

void Window::clear() noexcept {
  items_.clear();
  dependencies_.clear();
  texts_.clear();
}

}  // namespace census
