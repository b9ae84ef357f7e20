"""The languages: which grammar reads a file, what its texts are called there, and how stubs and servers are written."""

import re
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Language:
    """A grammar, the kinds of nodes that hold text, and patterns of contracts: group 1 is the contract's name."""

    grammar: str
    texts: tuple[str, ...]
    function: str = "language"
    clients: str = ""
    servers: str = ""


_JAVASCRIPT: Final = (
    ("string", "template_string"),
    r"new\s+[\w.]*?\b(\w+?)(?:Client)?\((?=[^;]{0,200}(?:grpc|credentials)\b)",
    r"addService\(\s*[\w.]*?\b(\w+)\.service",
)
_JAVA: Final = (
    r"\b(\w+)Grpc(?:Kt)?\.(?:new\w*Stub|\w+CoroutineStub)\b",
    r"\b(\w+)Grpc(?:Kt)?\.\w+ImplBase\b",
)
LANGUAGES: Final[dict[str, Language]] = {
    ".py": Language(
        "tree_sitter_python", ("string",), "language", r"\b(\w+)Stub\(", r"\badd_(\w+)Servicer_to_server\("
    ),
    ".java": Language("tree_sitter_java", ("string_literal",), "language", *_JAVA),
    ".kt": Language("tree_sitter_kotlin", ("string_literal",), "language", *_JAVA),
    ".go": Language(
        "tree_sitter_go",
        ("interpreted_string_literal", "raw_string_literal"),
        "language",
        r"(?<!func )\bNew(\w+)Client\(",
        r"\bRegister(\w+)Server\(",
    ),
    ".js": Language("tree_sitter_javascript", _JAVASCRIPT[0], "language", *_JAVASCRIPT[1:]),
    ".ts": Language("tree_sitter_typescript", _JAVASCRIPT[0], "language_typescript", *_JAVASCRIPT[1:]),
    ".tsx": Language("tree_sitter_typescript", _JAVASCRIPT[0], "language_tsx", *_JAVASCRIPT[1:]),
    ".cs": Language(
        "tree_sitter_c_sharp",
        ("string_literal", "verbatim_string_literal", "raw_string_literal", "interpolated_string_expression"),
        "language",
        r"\b(\w+)\.\1Client\b",
        r":\s*[\w.]*?\b(\w+)\.\1Base\b",
    ),
    ".php": Language(
        "tree_sitter_php", ("string", "encapsed_string"), "language_php", r"\bnew\s+\\?[\w\\]*?(\w+)Client\("
    ),
    ".rb": Language(
        "tree_sitter_ruby", ("string",), "language", r"\b(\w+)::Stub\.new\b", r"<\s*[\w:]*?(\w+)::Service\b"
    ),
    ".rs": Language(
        "tree_sitter_rust",
        ("string_literal", "raw_string_literal"),
        "language",
        r"\b(\w+)Client::(?:connect|new)\b",
        r"\b(\w+)Server::new\b",
    ),
    ".cpp": Language(
        "tree_sitter_cpp",
        ("string_literal", "raw_string_literal"),
        "language",
        r"\bThriftClient<\s*(\w+)Client\s*>|\b(\w+)::NewStub\(",
        r"\b(\w+)Processor>?\s*\(|:\s*public\s+[\w:]*?(\w+)::Service\b",
    ),
    ".lua": Language("tree_sitter_lua", ("string",)),
}
_SAME: Final = {
    ".kts": ".kt",
    ".mjs": ".js",
    ".cjs": ".js",
    ".jsx": ".js",
    ".mts": ".ts",
    ".cc": ".cpp",
    ".cxx": ".cpp",
    ".h": ".cpp",
    ".hpp": ".cpp",
    ".vb": "",
}


def language_of(suffix: str) -> Language | None:
    """The language of files with this ending."""
    return LANGUAGES.get(_SAME.get(suffix, suffix))


@cache
def parser_of(language: Language) -> tuple[Any, Any]:
    """The parser and the query for texts of a language; loaded when the first file of it is read."""
    tree_sitter = import_module("tree_sitter")
    grammar = tree_sitter.Language(getattr(import_module(language.grammar), language.function)())
    query = tree_sitter.Query(grammar, " ".join(f"({each}) @text" for each in language.texts))
    return tree_sitter.Parser(grammar), query


@cache
def contracts_of(language: Language) -> tuple[re.Pattern[str] | None, re.Pattern[str] | None]:
    """The patterns of clients and of servers, where the language has them."""
    return (
        re.compile(language.clients) if language.clients else None,
        re.compile(language.servers) if language.servers else None,
    )
