"""XML of strangers: no document type, so no entities, no bombs and no files from outside."""

from __future__ import annotations

from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser

from triptych.errors import BriefError


def parse_xml(text: str, where: str, most_tags: int) -> Element:
    """The root element.

    Args:
        text: to read.
        where: it comes from, for messages.
        most_tags: that it may have.

    Raises:
        BriefError: if it is not XML, has too many tags, or declares a document type.
    """
    if text.count("<") > most_tags:
        raise BriefError(f"{where} holds more than {most_tags} tags.", "Cut a part out of it.")
    parser = XMLParser(target=_Strict())
    try:
        parser.feed(text.lstrip())
        return parser.close()
    except ParseError as error:
        line = error.position[0]
        raise BriefError(
            f"{where} is not valid XML at line {line}: {error.msg.partition(':')[0]}.",
            "Plain words go into a .txt file.",
        ) from error
    except _DocumentTypeError as error:
        raise BriefError(f"{where} declares a document type.", "Leave `<!DOCTYPE` out.") from error
    except (ValueError, LookupError) as error:
        raise BriefError(f"{where} is not valid XML.", "Save it as UTF-8.") from error


class _DocumentTypeError(Exception):
    pass


class _Strict(TreeBuilder):
    """Stops at `<!DOCTYPE`, before any entity is declared."""

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        raise _DocumentTypeError
