// Two plots as SVG: what a feed costs against the peers, and what everything costs
// against the number of watchdogs.
#include "report.h"

#include <algorithm>
#include <cmath>
#include <sstream>

namespace {

// Told apart by lightness too. libwatchdog is the strong one.
std::string color(std::string const &who) {
    if (who == "libwatchdog") return "#c2410c";
    if (who == "libuv") return "#2563eb";
    if (who == "libevent") return "#15803d";
    if (who == "Boost.Asio") return "#9333ea";
    if (who == "mutex and condvar") return "#525252";
    return "#a3a3a3";
}

class Svg {
  public:
    Svg(int width, int height, std::string const &title) {
        out_ << "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " << width << ' ' << height << "\" width=\""
             << width << "\" height=\"" << height << "\" font-family=\"sans-serif\" font-size=\"13\">\n"
             << "<title>" << title << "</title>\n"
             << "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n";
    }
    void text(double x, double y, std::string const &words, char const *anchor = "start", std::string fill = "#262626",
              bool bold = false) {
        out_ << "<text x=\"" << x << "\" y=\"" << y << "\" text-anchor=\"" << anchor << "\" fill=\"" << fill << '"'
             << (bold ? " font-weight=\"bold\"" : "") << '>' << words << "</text>\n";
    }
    void bar(double x, double y, double width, double height, std::string const &fill) {
        out_ << "<rect x=\"" << x << "\" y=\"" << y << "\" width=\"" << width << "\" height=\"" << height
             << "\" fill=\"" << fill << "\"/>\n";
    }
    void line(double x, double y, double to_x, double to_y, std::string const &stroke, char const *dashes = "") {
        out_ << "<line x1=\"" << x << "\" y1=\"" << y << "\" x2=\"" << to_x << "\" y2=\"" << to_y << "\" stroke=\""
             << stroke << "\" stroke-dasharray=\"" << dashes << "\"/>\n";
    }
    void path(std::vector<std::pair<double, double>> const &points, std::string const &stroke, double width) {
        out_ << "<polyline fill=\"none\" stroke=\"" << stroke << "\" stroke-width=\"" << width << "\" points=\"";
        for (auto &[x, y] : points) out_ << x << ',' << y << ' ';
        out_ << "\"/>\n";
        for (auto &[x, y] : points)
            out_ << "<circle cx=\"" << x << "\" cy=\"" << y << "\" r=\"" << width + 0.5 << "\" fill=\"" << stroke
                 << "\"/>\n";
    }
    std::string finish() { return out_.str() + "</svg>\n"; }

  private:
    std::ostringstream out_;
};

struct LogScale {
    double least, most, from, until;
    double at(double value) const {
        double part = std::log(std::max(value, least) / least) / std::log(most / least);
        return from + std::min(part, 1.0) * (until - from);
    }
};

std::string power(double value) {
    if (value < 1e3) return number(value);
    return number(value / (value < 1e6 ? 1e3 : 1e6)) + (value < 1e6 ? " k" : " M");
}

constexpr double PANEL = 250, TOP = 60, BOTTOM = 310;

struct Panel {
    char const *title, *row;
    double target; // 0: none
    double left;
};

void draw(Svg &svg, Samples const &samples, Panel const &panel, std::vector<std::string> const &names) {
    LogScale x = {1, 1e6, panel.left, panel.left + PANEL}, y = {1, 1e5, BOTTOM, TOP};
    svg.text(panel.left + PANEL / 2, TOP - 14, panel.title, "middle", "#262626", true);
    for (double value = 1; value <= 1e5; value *= 10) {
        svg.line(panel.left, y.at(value), panel.left + PANEL, y.at(value), "#e5e5e5");
        svg.text(panel.left - 6, y.at(value) + 4, duration(value), "end", "#525252");
    }
    for (double value = 1; value <= 1e6; value *= 10) {
        svg.line(x.at(value), BOTTOM, x.at(value), BOTTOM + 4, "#525252");
        if (value == 1 || value == 1e3 || value == 1e6)
            svg.text(x.at(value), BOTTOM + 18, power(value), "middle", "#525252");
    }
    if (panel.target > 0)
        svg.line(panel.left, y.at(panel.target), panel.left + PANEL, y.at(panel.target), "#c2410c", "5 4");
    for (auto &who : names) {
        std::vector<std::pair<double, double>> points;
        for (long count = 1; count <= 1'000'000; count *= 10)
            if (auto value = samples.value(panel.row + std::to_string(count), who))
                points.emplace_back(x.at(static_cast<double>(count)), y.at(value->median));
        svg.path(points, color(who), who == "libwatchdog" ? 3 : 1.5);
    }
}

} // namespace

std::string plot_of_feeds(Samples const &samples) {
    struct Bar {
        std::string who;
        double nanos, ratio;
    };
    std::vector<Bar> bars;
    for (auto &who : samples.who("feed")) {
        auto value = samples.value("feed", who), ratio = samples.ratio("feed", who);
        if (value && ratio) bars.push_back({who, value->median, ratio->median});
    }
    std::sort(bars.begin(), bars.end(), [](Bar const &a, Bar const &b) { return a.nanos < b.nanos; });
    double step = 30, top = 50, bottom = top + step * static_cast<double>(bars.size());
    Svg svg(760, static_cast<int>(bottom) + 40, "What a feed costs");
    LogScale x = {1, 2000, 170, 610};
    svg.text(170, 28, "One feed, one thread: nanoseconds, and times a clock_gettime", "start", "#262626", true);
    for (double value = 1; value <= 1000; value *= 10) {
        svg.line(x.at(value), top - 8, x.at(value), bottom, "#e5e5e5");
        svg.text(x.at(value), bottom + 18, duration(value), "middle", "#525252");
    }
    double y = top;
    for (auto &bar : bars) {
        bool ours = bar.who == "libwatchdog";
        svg.text(162, y + 15, bar.who, "end", "#262626", ours);
        svg.bar(170, y, x.at(bar.nanos) - 170, 20, color(bar.who));
        svg.text(x.at(bar.nanos) + 6, y + 15, duration(bar.nanos) + " (" + number(bar.ratio) + ")", "start", "#262626",
                 ours);
        y += step;
    }
    return svg.finish();
}

std::string plot_of_scale(Samples const &samples) {
    std::vector<std::string> names;
    for (auto &who : samples.who("create@1")) names.push_back(who);
    Svg svg(1000, 380, "Cost against the number of watchdogs");
    svg.text(70, 24, "Cost of one operation against the number of watchdogs", "start", "#262626", true);
    draw(svg, samples, {"create and start", "create@", 300, 70}, names);
    draw(svg, samples, {"feed, all in turn", "feed@", 0, 395}, names);
    draw(svg, samples, {"free", "free@", 300, 720}, names);
    double x = 70;
    for (auto &who : names) {
        svg.bar(x, 352, 14, 10, color(who));
        svg.text(x + 20, 362, who, "start", "#262626", who == "libwatchdog");
        x += 60 + 8 * static_cast<double>(who.size());
    }
    svg.line(x, 357, x + 30, 357, "#c2410c", "5 4");
    svg.text(x + 38, 362, "to reach");
    return svg.finish();
}
