// Writes unicode.inc: `node make_unicode.js > unicode.inc`.
//
// The source of truth is the Unicode data inside Node.js (ICU), asked through
// its own regular expressions, one code point at a time; so every property of
// one table comes from one version of Unicode, which the output states.  The
// lists of names below are facts of ECMA-262 (tables of binary properties and
// of General_Category values) and of PropertyValueAliases.txt; a script that
// this Node does not know is left out.
//
//   CODED     numbers, each 1-4 bytes, 7 bits a byte, least first, the high
//             bit set on all but the last.  A property is a list of
//             (gap from the end of the last range, size of the range - 1).
//   NAMES     sorted by key: "L", "gc=L", "sc=Greek", "scx=Grek", "Emoji";
//             the place in CODED and the number of ranges.  Names that begin
//             with a star are not ECMA-262's, see below.
//   FOLDS     classes of code points that are equal under Canonicalize with
//             the flags u and i (simple case folding): (code point, class)
//             by code point; MEMBERS lists the classes.
'use strict';
const SCRIPTS = `
Adlam/Adlm Ahom Anatolian_Hieroglyphs/Hluw Arabic/Arab Armenian/Armn
Avestan/Avst Balinese/Bali Bamum/Bamu Bassa_Vah/Bass Batak/Batk Bengali/Beng
Beria_Erfe/Berf Bhaiksuki/Bhks Bopomofo/Bopo Brahmi/Brah Braille/Brai
Buginese/Bugi Buhid/Buhd Canadian_Aboriginal/Cans Carian/Cari
Caucasian_Albanian/Aghb Chakma/Cakm Cham Cherokee/Cher Chorasmian/Chrs
Common/Zyyy Coptic/Copt/Qaac Cuneiform/Xsux Cypriot/Cprt Cypro_Minoan/Cpmn
Cyrillic/Cyrl Deseret/Dsrt Devanagari/Deva Dives_Akuru/Diak Dogra/Dogr
Duployan/Dupl Egyptian_Hieroglyphs/Egyp Elbasan/Elba Elymaic/Elym
Ethiopic/Ethi Garay/Gara Georgian/Geor Glagolitic/Glag Gothic/Goth
Grantha/Gran Greek/Grek Gujarati/Gujr Gunjala_Gondi/Gong Gurmukhi/Guru
Gurung_Khema/Gukh Han/Hani Hangul/Hang Hanifi_Rohingya/Rohg Hanunoo/Hano
Hatran/Hatr Hebrew/Hebr Hiragana/Hira Imperial_Aramaic/Armi
Inherited/Zinh/Qaai Inscriptional_Pahlavi/Phli Inscriptional_Parthian/Prti
Javanese/Java Kaithi/Kthi Kannada/Knda Katakana/Kana
Katakana_Or_Hiragana/Hrkt Kawi Kayah_Li/Kali Kharoshthi/Khar
Khitan_Small_Script/Kits Khmer/Khmr Khojki/Khoj Khudawadi/Sind
Kirat_Rai/Krai Lao/Laoo Latin/Latn Lepcha/Lepc Limbu/Limb Linear_A/Lina
Linear_B/Linb Lisu Lycian/Lyci Lydian/Lydi Mahajani/Mahj Makasar/Maka
Malayalam/Mlym Mandaic/Mand Manichaean/Mani Marchen/Marc Masaram_Gondi/Gonm
Medefaidrin/Medf Meetei_Mayek/Mtei Mende_Kikakui/Mend Meroitic_Cursive/Merc
Meroitic_Hieroglyphs/Mero Miao/Plrd Modi Mongolian/Mong Mro/Mroo
Multani/Mult Myanmar/Mymr Nabataean/Nbat Nag_Mundari/Nagm Nandinagari/Nand
New_Tai_Lue/Talu Newa Nko/Nkoo Nushu/Nshu Nyiakeng_Puachue_Hmong/Hmnp
Ogham/Ogam Ol_Chiki/Olck Ol_Onal/Onao Old_Hungarian/Hung Old_Italic/Ital
Old_North_Arabian/Narb Old_Permic/Perm Old_Persian/Xpeo Old_Sogdian/Sogo
Old_South_Arabian/Sarb Old_Turkic/Orkh Old_Uyghur/Ougr Oriya/Orya Osage/Osge
Osmanya/Osma Pahawh_Hmong/Hmng Palmyrene/Palm Pau_Cin_Hau/Pauc Phags_Pa/Phag
Phoenician/Phnx Psalter_Pahlavi/Phlp Rejang/Rjng Runic/Runr Samaritan/Samr
Saurashtra/Saur Sharada/Shrd Shavian/Shaw Siddham/Sidd Sidetic/Sidt
SignWriting/Sgnw Sinhala/Sinh Sogdian/Sogd Sora_Sompeng/Sora Soyombo/Soyo
Sundanese/Sund Sunuwar/Sunu Syloti_Nagri/Sylo Syriac/Syrc Tagalog/Tglg
Tagbanwa/Tagb Tai_Le/Tale Tai_Tham/Lana Tai_Viet/Tavt Tai_Yo/Tayo Takri/Takr
Tamil/Taml Tangsa/Tnsa Tangut/Tang Telugu/Telu Thaana/Thaa Thai Tibetan/Tibt
Tifinagh/Tfng Tirhuta/Tirh Todhri/Todr Tolong_Siki/Tols Toto
Tulu_Tigalari/Tutg Ugaritic/Ugar Unknown/Zzzz Vai/Vaii Vithkuqi/Vith
Wancho/Wcho Warang_Citi/Wara Yezidi/Yezi Yi/Yiii Zanabazar_Square/Zanb
`.trim().split(/\s+/).map(x => x.split('/'));

const CATEGORIES = `
Cased_Letter/LC Close_Punctuation/Pe Connector_Punctuation/Pc Control/Cc/cntrl
Currency_Symbol/Sc Dash_Punctuation/Pd Decimal_Number/Nd/digit
Enclosing_Mark/Me Final_Punctuation/Pf Format/Cf Initial_Punctuation/Pi
Letter/L Letter_Number/Nl Line_Separator/Zl Lowercase_Letter/Ll
Mark/M/Combining_Mark Math_Symbol/Sm Modifier_Letter/Lm Modifier_Symbol/Sk
Nonspacing_Mark/Mn Number/N Open_Punctuation/Ps Other/C Other_Letter/Lo
Other_Number/No Other_Punctuation/Po Other_Symbol/So Paragraph_Separator/Zp
Private_Use/Co Punctuation/P/punct Separator/Z Space_Separator/Zs
Spacing_Mark/Mc Surrogate/Cs Symbol/S Titlecase_Letter/Lt Unassigned/Cn
Uppercase_Letter/Lu`.trim().split(/\s+/).map(x => x.split('/'));

const BINARY = `
ASCII ASCII_Hex_Digit/AHex Alphabetic/Alpha Any Assigned Bidi_Control/Bidi_C
Bidi_Mirrored/Bidi_M Case_Ignorable/CI Cased Changes_When_Casefolded/CWCF
Changes_When_Casemapped/CWCM Changes_When_Lowercased/CWL
Changes_When_NFKC_Casefolded/CWKCF Changes_When_Titlecased/CWT
Changes_When_Uppercased/CWU Dash Default_Ignorable_Code_Point/DI
Deprecated/Dep Diacritic/Dia Emoji Emoji_Component/EComp Emoji_Modifier/EMod
Emoji_Modifier_Base/EBase Emoji_Presentation/EPres
Extended_Pictographic/ExtPict Extender/Ext Grapheme_Base/Gr_Base
Grapheme_Extend/Gr_Ext Hex_Digit/Hex IDS_Binary_Operator/IDSB
IDS_Trinary_Operator/IDST ID_Continue/IDC ID_Start/IDS Ideographic/Ideo
Join_Control/Join_C Logical_Order_Exception/LOE Lowercase/Lower Math
Noncharacter_Code_Point/NChar Pattern_Syntax/Pat_Syn
Pattern_White_Space/Pat_WS Quotation_Mark/QMark Radical
Regional_Indicator/RI Sentence_Terminal/STerm Soft_Dotted/SD
Terminal_Punctuation/Term Unified_Ideograph/UIdeo Uppercase/Upper
Variation_Selector/VS White_Space/space XID_Continue/XIDC XID_Start/XIDS
`.trim().split(/\s+/).map(x => x.split('/'));

const coded = [], names = [], placed = new Map();

function ranges(re) {
    const out = [];
    for (let c = 0, last = -2; c <= 0x10FFFF; c++) {
        if (!re.test(String.fromCodePoint(c))) continue;
        if (last !== c - 1) out.push([c, c]);
        out[out.length - 1][1] = last = c;
    }
    return out;
}

// Code points in any order -> ranges.
function join(list) {
    const out = [];
    for (const c of [...new Set(list)].sort((a, b) => a - b)) {
        if (out.length === 0 || out[out.length - 1][1] !== c - 1)
            out.push([c, c]);
        out[out.length - 1][1] = c;
    }
    return out;
}

function put(n) {
    for (; n > 127; n >>= 7) coded.push(n & 127 | 128);
    coded.push(n);
}

function place(list) {
    const key = JSON.stringify(list);
    if (!placed.has(key)) {
        placed.set(key, coded.length);
        let end = 0;
        for (const [lo, hi] of list) {
            put(lo - end);
            put(hi - lo);
            end = hi + 1;
        }
    }
    return placed.get(key);
}

function name(keys, list) {
    const at = place(list);
    for (const k of keys) names.push([k, at, list.length]);
}

function add(keys, expr) {
    let re;
    try { re = new RegExp(`\\p{${expr}}`, 'u'); } catch (e) { return; }
    name(keys, ranges(re));
}

for (const c of CATEGORIES) add(c.concat(c.map(n => 'gc=' + n)), `gc=${c[0]}`);
for (const b of BINARY) add(b, b[0]);
for (const s of SCRIPTS) {
    const known = s.filter(n => {
        try { return new RegExp(`\\p{sc=${n}}`, 'u'); }
        catch (e) { return false; }
    });
    if (known.length === 0) continue;
    add(known.map(n => 'sc=' + n), `sc=${known[0]}`);
    add(known.map(n => 'scx=' + n), `scx=${known[0]}`);
}
// For names of hosts, which must be in NFC (RFC 5891 5.3):
//   *0 ... *15   marks whose canonical combining class is at least that of
//                REPS[i]; *0 are all whose class is not 0.  Two marks are in
//                the wrong order if NFD swaps them.
//   *first, *second   what NFC joins to one character, Hangul left aside
//   *above, *below    what NFD takes apart into one of *first and marks, the
//                last of class 222 and more, or 204 to 220; a later mark of a
//                lower class goes before that
//   *idn         letters, digits and marks that a U-label may have: RFC 5892
//                2, with 2.6 (exceptions) and the rules on context; Ll Lo Lm
//                Mn Mc Nd but what folding changes (2.2), ignorable
//                properties and blocks (2.3, 2.4), old jamo (2.9)
//   *rtl, *nsm   Bidi_Class R or AL, and the marks that go with them
const REPS = [0x334, 0x93C, 0x3099, 0x94D, 0x5B0, 0xC55, 0xE38, 0xE48, 0xEB8,
              0xEC8, 0xF71, 0x321, 0x316, 0x59A, 0x300, 0x315];
const nfd = (...c) => String.fromCodePoint(...c).normalize('NFD');
const nfc = (...c) => String.fromCodePoint(...c).normalize('NFC');
const plain = c => nfd(c) === String.fromCodePoint(c);
const swaps = (a, b) => a !== b && nfd(a, b) === String.fromCodePoint(b, a);
const codePoints = re => ranges(re).flatMap(([lo, hi]) =>
    [...Array(hi - lo + 1).keys()].map(i => lo + i));
const marks = codePoints(/\p{M}/u).filter(plain);
const ordered = marks.filter(m => swaps(0x345, m) || swaps(m, 0x334) ||
                                  m === 0x345);
REPS.forEach((r, i) => name([`*${i}`],
    join(ordered.filter(m => !swaps(r, m)))));
const first = [], second = [];
const composed = codePoints(/[^\p{Cn}\p{Co}\p{Cs}\p{sc=Hang}]/u)
    .filter(c => !plain(c));
for (const c of composed) {
    if (nfc(c) !== String.fromCodePoint(c)) continue;
    const parts = [...nfd(c)];
    second.push(parts.pop().codePointAt(0));
    first.push(parts.join('').normalize('NFC').codePointAt(0));
}
const starts = new Set(first);
const open = composed.filter(c => starts.has(nfd(c).codePointAt(0)));
const last = c => [...nfd(c)].pop().codePointAt(0);
name(['*first'], join(first));
name(['*second'], join(second));
name(['*above'], join(open.filter(c => swaps(last(c), 0x316))));
name(['*below'], join(open.filter(c => swaps(last(c), 0x321) &&
                                       !swaps(last(c), 0x316))));
const BLOCKS = '\\u0590-\\u08FF\\uFB1D-\\uFDFF\\uFE70-\\uFEFF' +
               '\\u{10800}-\\u{10FFF}\\u{1E800}-\\u{1EFFF}';
const special = (key, text) => name([key], ranges(new RegExp(text, 'v')));
special('*idn', '[[[\\p{Ll}\\p{Lo}\\p{Lm}\\p{Mn}\\p{Mc}\\p{Nd}]--' +
    '[\\p{CWKCF}\\p{DI}\\u0640\\u07FA\\u20D0-\\u20FF\\u302E\\u302F' +
    '\\u3031-\\u3035\\u303B\\u1100-\\u11FF\\uA960-\\uA97C\\uD7B0-\\uD7FB' +
    '\\u{1D100}-\\u{1D24F}]]\\-\\xB7\\xDF\\u0375\\u03C2\\u05F3\\u05F4\\u06FD' +
    '\\u06FE\\u0F0B\\u200C\\u200D\\u3007\\u30FB]');
special('*rtl', `[[${BLOCKS}]--[\\p{Mn}\\u0660-\\u0669\\u06F0-\\u06F9` +
    '\\u{10D30}-\\u{10D39}]]');
special('*nsm', `[\\p{Mn}&&[\\u0300-\\u036F${BLOCKS}]]`);
names.sort((a, b) => a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0);

// Every member of a class of two or more changes under some case mapping.
const cased = [];
for (const [lo, hi] of ranges(/[\p{CWCM}\p{CWCF}]/u))
    for (let c = lo; c <= hi; c++) cased.push(c);
const text = cased.map(c => String.fromCodePoint(c)).join('');
const folds = [], members = [], seen = new Set();
for (const c of cased) {
    if (seen.has(c)) continue;
    const re = new RegExp(`\\u{${c.toString(16)}}`, 'giu');
    const same = text.match(re).map(x => x.codePointAt(0));
    if (same.length < 2) continue;
    for (const d of same) {
        seen.add(d);
        folds.push([d, members.length]);
    }
    members.push(...same, 0);
}
folds.sort((a, b) => a[0] - b[0]);

function wrapped(items) {
    const lines = [];
    let line = '   ';
    for (const it of items) {
        if (line.length + it.length > 78) { lines.push(line); line = '   '; }
        line += ' ' + it + ',';
    }
    return lines.concat(line).join('\n');
}

console.log(`/* Made by make_unicode.js from Unicode ${process.versions.unicode}.
 * Not to be edited; the recipe explains the layout. */
static const uint8_t CODED[] = {
${wrapped(coded.map(String))}
};
static const struct {
    const char *key;
    uint32_t at, n;
} NAMES[] = {
${wrapped(names.map(([k, at, n]) => `{"${k}", ${at}, ${n}}`))}
};
static const struct {
    uint32_t c, at;
} FOLDS[] = {
${wrapped(folds.map(([c, at]) => `{${c}, ${at}}`))}
};
static const uint32_t MEMBERS[] = {
${wrapped(members.map(String))}
};`);
