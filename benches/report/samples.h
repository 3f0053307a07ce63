// The samples of a run, as `measure` printed them.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

struct Sample {
    double value;
    double base; // measured next to it, or 0
};

// A median, and from where to where the rounds went.
struct Spread {
    double median, least, most;
};

class Samples {
  public:
    explicit Samples(std::string const &file);

    std::vector<Sample> const &of(std::string const &row, std::string const &who) const;

    std::optional<Spread> value(std::string const &row, std::string const &who) const;
    // Each value over its own base: a busy machine slows both.
    std::optional<Spread> ratio(std::string const &row, std::string const &who) const;

    // Who was measured, in the order of the file.
    std::vector<std::string> who(std::string const &row) const;

    // Empty when unknown.
    std::string fact(std::string const &name) const;
    std::vector<std::pair<std::string, std::string>> const &facts() const { return facts_; }

  private:
    std::map<std::string, std::map<std::string, std::vector<Sample>>> rows_;
    std::map<std::string, std::vector<std::string>> order_;
    std::vector<std::pair<std::string, std::string>> facts_;
};

[[noreturn]] void fail(std::string const &why);

// Three figures that count, and no more zeros than needed.
std::string number(double);

// Nanoseconds with the unit that suits them.
std::string duration(double nanos);
