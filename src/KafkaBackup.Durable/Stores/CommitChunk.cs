using System.Text;

namespace KafkaBackup.Durable.Stores;

/// <summary>A part of a commit, for a store whose transactions are limited: it writes the parts in order, the fence with each, and moves the row's length in the last.</summary>
/// <param name="From">The place of the first event, from 0.</param>
/// <param name="Events">The events in the form of <see cref="HistoryJson"/>.</param>
/// <param name="IsLast">Whether the commit is whole with this part. A commit without events has one part, without events.</param>
public sealed record CommitChunk(int From, IReadOnlyList<string> Events, bool IsLast)
{
    /// <summary>The most events in a part: an entity group transaction has a hundred rows, one of which is the instance's.</summary>
    public const int MaximumEvents = 99;

    /// <summary>The most bytes in a part, unless one event alone has more: 4 MiB less 256 KiB for the instance's row and what stands around it.</summary>
    public const int MaximumBytes = (4 << 20) - (256 << 10);

    /// <summary>Divides a commit.</summary>
    /// <param name="commit">The commit.</param>
    /// <param name="maximumEvents">Events in a part; at least 1.</param>
    /// <param name="maximumBytes">Bytes in a part, an event being measured as its UTF-16 text; at least 1.</param>
    public static IReadOnlyList<CommitChunk> Of(HistoryCommit commit, int maximumEvents = MaximumEvents, int maximumBytes = MaximumBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maximumEvents, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(maximumBytes, 1);
        var chunks = new List<CommitChunk>();
        var (from, bytes, events) = (commit.From, 0, new List<string>());
        foreach (var text in commit.Events.Select(HistoryJson.Write))
        {
            var size = Encoding.Unicode.GetByteCount(text);
            if (events.Count > 0 && (events.Count == maximumEvents || bytes + size > maximumBytes))
            {
                chunks.Add(new(from, events, false));
                (from, bytes, events) = (from + events.Count, 0, []);
            }
            events.Add(text);
            bytes += size;
        }
        chunks.Add(new(from, events, true));
        return chunks;
    }
}
