using KafkaBackup.Workflows.Selection;

namespace KafkaBackup.Workflows.Restore;

/// <summary>Names topics at the target: OLD=NEW, literal or with one <c>*</c> on each side. The first that matches counts.</summary>
public sealed class TopicMapping
{
    private readonly List<(string Old, string New)> _rules;

    private TopicMapping(List<(string Old, string New)> rules) => _rules = rules;

    /// <summary>Reads the rules.</summary>
    /// <exception cref="SelectorFormatException">One of them is no OLD=NEW, or has stars that don't match up.</exception>
    public static TopicMapping Parse(IEnumerable<string> rules) => new([.. rules.Select(Rule)]);

    /// <summary>A topic's name at the target.</summary>
    public string Target(string topic) => _rules.Select(rule => Apply(rule, topic)).FirstOrDefault(name => name is not null) ?? topic;

    /// <summary>The rules that match none of these topics: a slip, which would restore a topic under its own name.</summary>
    public IReadOnlyList<string> Unused(IReadOnlyCollection<string> topics) =>
        [.. _rules.Where(rule => topics.All(topic => Apply(rule, topic) is null)).Select(rule => $"{rule.Old}={rule.New}")];

    private static string? Apply((string Old, string New) rule, string topic)
    {
        var star = rule.Old.IndexOf('*');
        if (star < 0)
            return topic == rule.Old ? rule.New : null;
        var (head, tail) = (rule.Old[..star], rule.Old[(star + 1)..]);
        return topic.Length >= head.Length + tail.Length && topic.StartsWith(head, StringComparison.Ordinal) && topic.EndsWith(tail, StringComparison.Ordinal)
            ? rule.New.Replace("*", topic[head.Length..(topic.Length - tail.Length)], StringComparison.Ordinal)
            : null;
    }

    private static (string Old, string New) Rule(string text)
    {
        var parts = text.Split('=');
        if (parts.Length != 2 || parts[0].Length == 0 || parts[1].Length == 0)
            throw new SelectorFormatException($"'{text}' is no mapping: give OLD=NEW");
        var stars = (Old: parts[0].Count(c => c == '*'), New: parts[1].Count(c => c == '*'));
        return stars is (0, 0) or (1, 1)
            ? (parts[0], parts[1])
            : throw new SelectorFormatException($"'{text}': a mapping has one * on each side, or none");
    }
}
