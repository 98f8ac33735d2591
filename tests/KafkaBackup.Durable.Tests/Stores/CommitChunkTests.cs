using CsCheck;
using KafkaBackup.Durable.Stores;
using Xunit;

namespace KafkaBackup.Durable.Tests.Stores;

public sealed class CommitChunkTests
{
    private static readonly InstanceRecord Row = new() { Id = "a", Name = "O" };

    [Fact]
    public void Parts_keep_every_event_in_its_place_and_within_the_limits() =>
        Gen.Select(Gen.Int[0, 20].Array[0, 300], Gen.Int[0, 50], Gen.Int[1, 99], Gen.Int[1, 4000]).Sample((sizes, from, maximumEvents, maximumBytes) =>
        {
            var events = sizes.Select((size, i) => new HistoryEvent { Type = HistoryEventType.EventRaised, Name = $"{i}", Input = new('x', size * 10) }).ToList();

            var chunks = CommitChunk.Of(new(null, Row with { Length = from + events.Count }, events), maximumEvents, maximumBytes);

            Assert.Equal(events, chunks.SelectMany(chunk => chunk.Events).Select(HistoryJson.ReadEvent));
            var place = from;
            foreach (var chunk in chunks)
            {
                Assert.Equal(place, chunk.From);
                Assert.True(chunk.Events.Count <= maximumEvents);
                Assert.True(chunk.Events.Count <= 1 || chunk.Events.Sum(text => 2 * text.Length) <= maximumBytes);
                Assert.Equal(chunk == chunks[^1], chunk.IsLast);
                place += chunk.Events.Count;
            }
            Assert.True(chunks.Count == 1 || chunks.All(chunk => chunk.Events.Count > 0));
        });

    [Fact]
    public void A_commit_without_events_has_one_part()
    {
        var chunk = Assert.Single(CommitChunk.Of(new(Row, Row with { Length = 7 }, [])));

        Assert.Equal((7, 0, true), (chunk.From, chunk.Events.Count, chunk.IsLast));
    }
}
