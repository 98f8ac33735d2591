using CsCheck;
using KafkaBackup.Workflows.Selection;
using Xunit;

namespace KafkaBackup.Workflows.Tests.Selection;

public sealed class NameSelectorTests
{
    private static readonly Gen<string> Name = Gen.Char["abZ0._-"].Array[1, 12].Select(c => new string(c));
    private static readonly Gen<string> Glob = Gen.Char["abZ0._-*?"].Array[1, 8].Select(c => new string(c));

    [Theory]
    [InlineData("orders", "orders", true)]
    [InlineData("orders", "Orders", false)]
    [InlineData("orders", "orders2", false)]
    [InlineData("a.b", "a.b", true)]
    [InlineData("a.b", "axb", false)]
    [InlineData("a.*", "a.b", true)]
    [InlineData("a.*", "a.", true)]
    [InlineData("a.*", "axb", false)]
    [InlineData("a?c", "abc", true)]
    [InlineData("a?c", "ac", false)]
    [InlineData("*", "anything", true)]
    [InlineData("_schemas", "_schemas", true)]
    [InlineData("~a.b", "axb", true)]
    [InlineData("~a", "ab", false)]
    [InlineData("~a|b", "ab", false)]
    [InlineData("~a|b", "b", true)]
    [InlineData("~(?i)orders", "ORDERS", true)]
    public void A_literal_a_glob_and_a_regular_expression_are_three_things(string selector, string name, bool matches) =>
        Assert.Equal(matches, NameSelector.Parse(selector).Matches(name));

    [Fact]
    public void A_literal_matches_itself_and_nothing_else() =>
        Gen.Select(Name, Name).Sample((literal, other) =>
        {
            var selector = NameSelector.Parse(literal);
            Assert.True(selector.IsLiteral);
            Assert.True(selector.Matches(literal));
            Assert.Equal(literal == other, selector.Matches(other));
        });

    [Fact]
    public void A_glob_matches_what_a_naive_matcher_matches() =>
        Gen.Select(Glob, Name).Sample((glob, name) =>
            Assert.True(Naive(glob, name) == NameSelector.Parse(glob).Matches(name), $"{glob} {name}"), iter: 20_000);

    [Theory]
    [InlineData("", "empty")]
    [InlineData("~(", "'~(' is no regular expression")]
    public void What_is_no_selector_is_refused(string text, string part) =>
        Assert.Contains(part, Assert.Throws<SelectorFormatException>(() => NameSelector.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_literal_that_is_not_there_is_an_error_with_a_hint_and_a_pattern_that_matches_nothing_is_not()
    {
        var missing = Assert.Throws<NothingSelectedException>(() => NameSelection.Choose("topic", ["orders", "b"], ["order", "b"], []));
        Assert.Contains("there is no topic 'order'; there is 'orders'", missing.Message, StringComparison.Ordinal);
        Assert.Empty(NameSelection.Choose("topic", ["orders"], ["x*", "~y"], []));
    }

    [Theory]
    [InlineData(0, "there is no topic 'x'; there is none at all")]
    [InlineData(1, "there is no topic 'x'; there is 't0'")]
    [InlineData(5, "there is no topic 'x'; there are 't0', 't1', 't2', 't3', 't4'")]
    [InlineData(7, "there is no topic 'x'; there are 't0', 't1', 't2', 't3', 't4' and 2 more")]
    public void A_literal_like_none_that_is_there_is_answered_with_what_there_is(int count, string message)
    {
        var names = Enumerable.Range(0, count).Select(i => $"t{i}").Reverse().ToList();
        Assert.Equal(message, Assert.Throws<NothingSelectedException>(() => NameSelection.Choose("topic", names, ["x"], [])).Message);
    }

    [Fact]
    public void Excludes_go_before_includes_nothing_included_is_everything_and_the_order_is_that_of_the_names()
    {
        string[] names = ["c", "a", "b.x", "b"];
        Assert.Equal(["a", "b", "b.x", "c"], NameSelection.Choose("topic", names, [], []));
        Assert.Equal(["b.x"], NameSelection.Choose("topic", names, ["b*"], ["b", "not-there"]));
    }

    [Theory]
    [InlineData("a,b", "a|b")]
    [InlineData(" a , ,b,", "a|b")]
    [InlineData("~a{1,2},b", "~a{1,2}|b")]
    [InlineData("~[,x]y,b", "~[,x]y|b")]
    [InlineData("a},b", "a}|b")]
    [InlineData("", "")]
    public void A_comma_divides_selectors_unless_it_belongs_to_a_regular_expression(string text, string selectors) =>
        Assert.Equal(selectors, string.Join('|', SelectorList.Split(text)));

    private static bool Naive(ReadOnlySpan<char> glob, ReadOnlySpan<char> name)
    {
        if (glob.IsEmpty)
            return name.IsEmpty;
        if (glob[0] == '*')
            return Naive(glob[1..], name) || (!name.IsEmpty && Naive(glob, name[1..]));
        return !name.IsEmpty && (glob[0] == '?' || glob[0] == name[0]) && Naive(glob[1..], name[1..]);
    }
}
