// A compiler: for each source file a syntax tree of std::unique_ptr nodes with
// names and child vectors, a symbol table per scope, then code for each
// function; trees of all files live until the end of their unit and go at once,
// types and constants stay for good.
#include "work.h"
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

static const size_t UNITS = 6, FUNCTIONS = 450;

enum class Kind { Number, Name, Binary, Call, Block, If };

struct Node {
    Kind kind;
    std::string name;
    int64_t number = 0;
    std::vector<std::unique_ptr<Node>> children;
    explicit Node(Kind k) : kind(k) {}
};

struct Instruction {
    uint32_t operation, result;
    std::vector<uint32_t> operands;
};

using Scope = std::map<std::string, uint32_t>;

static std::string identifier(uint64_t *random) {
    return "v" + std::to_string(pareto_size(random, 5, 100000)) + std::string(between(random, 0, 24), 'x');
}

static std::unique_ptr<Node> parse(uint64_t *random, int depth) {
    size_t choice = between(random, 0, 9);
    if (depth > 7 || choice < 2) {
        auto leaf = std::make_unique<Node>(choice & 1 ? Kind::Number : Kind::Name);
        if (leaf->kind == Kind::Name) leaf->name = identifier(random);
        else leaf->number = int64_t(between(random, 0, 1000));
        return leaf;
    }
    static const Kind kinds[] = {Kind::Binary, Kind::Binary, Kind::Call, Kind::Block, Kind::If};
    auto node = std::make_unique<Node>(kinds[choice % 5]);
    if (node->kind == Kind::Call) node->name = identifier(random);
    size_t count = node->kind == Kind::Binary ? 2 : between(random, 1, 4);
    while (count--) node->children.push_back(parse(random, depth + 1));
    return node;
}

class Generator {
    std::vector<Scope> scopes{1};
    std::vector<std::unique_ptr<Instruction>> code;

    uint32_t place_of(const std::string &name) {
        for (size_t i = scopes.size(); i--;) {
            auto found = scopes[i].find(name);
            if (found != scopes[i].end()) return found->second;
        }
        return scopes.back()[name] = uint32_t(code.size());
    }

  public:
    uint32_t generate(const Node &node) {
        auto instruction = std::make_unique<Instruction>();
        instruction->operation = uint32_t(node.kind);
        if (node.kind == Kind::Block) scopes.emplace_back();
        for (auto &child : node.children) instruction->operands.push_back(generate(*child));
        if (node.kind == Kind::Block) scopes.pop_back();
        if (!node.name.empty()) instruction->operands.push_back(place_of(node.name));
        else instruction->operands.push_back(uint32_t(node.number));
        instruction->result = uint32_t(code.size());
        code.push_back(std::move(instruction));
        return code.back()->result;
    }

    // Drops what has no operands that matter, as a dead-code pass does.
    void thin_out() {
        std::vector<std::unique_ptr<Instruction>> kept;
        for (auto &instruction : code)
            if (instruction->operation > 1 || instruction->operands[0] % 3) kept.push_back(std::move(instruction));
        code = std::move(kept);
    }

    std::string emit() const {
        std::string text;
        for (auto &instruction : code) {
            text += "op" + std::to_string(instruction->operation);
            for (uint32_t operand : instruction->operands) text += " r" + std::to_string(operand);
            text += "\n";
        }
        return text;
    }
};

int main() {
    uint64_t random = seed_of(140), sum = 0;
    std::unordered_map<std::string, std::unique_ptr<std::string>> constants;
    for (size_t unit = 0; unit < UNITS; unit++) {
        std::vector<std::unique_ptr<Node>> functions;
        std::string object;
        for (size_t i = 0; i < FUNCTIONS; i++) functions.push_back(parse(&random, 0));
        for (auto &function : functions) {
            Generator generator;
            generator.generate(*function);
            generator.thin_out();
            std::string text = generator.emit();
            if (text.size() < 200) constants.try_emplace(text, std::make_unique<std::string>(text));
            object += text;
        }
        for (size_t i = 0; i < object.size(); i += 5) sum = sum * 31 + (unsigned char)object[i];
    }
    for (auto &entry : constants) sum += entry.second->size();
    print_checksum(sum);
}
