using KafkaBackup.Kafka.Administration;
using KafkaBackup.Kafka.Connections;
using KafkaBackup.Kafka.Fetching;
using KafkaBackup.Protocol.Messages;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KafkaBackup.Kafka.Tests.Fetching;

/// <summary>What a lane concludes from answers that bring nothing, and from offsets that are gone.</summary>
public sealed class PartitionFetchTests
{
    [Fact]
    public void Nothing_is_fetched_where_the_range_is_empty()
    {
        Assert.Equal(5, Fetch(5, 5).End);
        Assert.Equal(7, Fetch(7, 5).Result.To);
        Assert.Null(Fetch(4, 5).End);
    }

    [Fact]
    public void One_answer_without_data_is_neither_the_end_nor_an_error()
    {
        var fetch = Fetch(0, 10);
        fetch.MeetNothing(10);
        Assert.Null(fetch.End);
    }

    [Fact]
    public void Nothing_twice_where_there_was_a_chance_ends_at_the_cut()
    {
        var fetch = Fetch(0, 10);
        fetch.MeetNothing(10);
        fetch.MeetNothing(10);
        Assert.Equal(10, fetch.End);
    }

    [Fact]
    public void Nothing_proves_nothing_while_the_log_is_not_stable_up_to_the_cut()
    {
        var fetch = Fetch(0, 10);
        for (var i = 0; i < 10; i++)
            fetch.MeetNothing(9);
        Assert.Null(fetch.End);
    }

    [Fact]
    public void Nothing_for_too_long_is_an_error_and_what_came_in_between_begins_the_time_anew()
    {
        var time = new FakeTimeProvider();
        var fetch = Fetch(0, 10, time);
        fetch.MeetNothing(9);
        time.Advance(TimeSpan.FromSeconds(59));
        fetch.MeetNothing(9);
        fetch.Advance(ResponseScan.Of(Some.Batch(0, 5), [], 0, 10));
        time.Advance(TimeSpan.FromSeconds(2));
        fetch.MeetNothing(9);
        time.Advance(TimeSpan.FromSeconds(60));
        Assert.Contains("t-0 brings nothing from offset 5", Assert.Throws<FetchStalledException>(() => fetch.MeetNothing(9)).Message);
    }

    [Fact]
    public void Data_in_between_begins_the_count_anew()
    {
        var fetch = Fetch(0, 10);
        fetch.MeetNothing(10);
        fetch.Advance(ResponseScan.Of(Some.Batch(0, 5), [], 0, 10));
        Assert.Equal(5, fetch.Position);
        fetch.MeetNothing(10);
        Assert.Null(fetch.End);
    }

    [Fact]
    public void A_piece_of_a_batch_does_not_begin_the_count_anew()
    {
        var fetch = Fetch(0, 10);
        fetch.MeetNothing(10);
        fetch.Advance(ResponseScan.Of(Some.Batch(0, 5).AsMemory(0, 65), [], 0, 10));
        fetch.MeetNothing(10);
        Assert.Equal(10, fetch.End);
    }

    [Fact]
    public void What_retention_took_is_a_gap_and_reading_goes_on_behind_it()
    {
        var fetch = Fetch(3, 10);
        fetch.SkipTo(7);
        Assert.Equal((7, null), (fetch.Position, fetch.End));
        fetch.Advance(ResponseScan.Of(Some.Batch(7, 3), [], 7, 10));
        Assert.Equal(10, fetch.Result.To);
        Assert.Equal([new OffsetGap(3, 7)], fetch.Result.Gaps);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(50)]
    public void A_gap_ends_at_the_cut_and_so_does_the_range(long logStart)
    {
        var fetch = Fetch(3, 10);
        fetch.SkipTo(logStart);
        Assert.Equal(10, fetch.Result.To);
        Assert.Equal([new OffsetGap(3, 10)], fetch.Result.Gaps);
    }

    [Fact]
    public void Damage_is_worth_two_more_looks_unless_something_checked_in_between()
    {
        var fetch = Fetch(0, 100);
        Assert.True(fetch.ToleratesCorruption());
        Assert.True(fetch.ToleratesCorruption());
        fetch.Advance(ResponseScan.Of(Some.Batch(0, 5), [], 0, 100));
        Assert.True(fetch.ToleratesCorruption());
        Assert.True(fetch.ToleratesCorruption());
        Assert.False(fetch.ToleratesCorruption());
    }

    [Fact]
    public void A_range_that_is_not_read_to_its_end_has_no_result() =>
        Assert.Throws<InvalidOperationException>(() => Fetch(0, 10).Result);

    [Fact]
    public void What_the_leader_says_beside_the_data_is_told_with_the_result()
    {
        var fetch = Fetch(0, 5);
        fetch.Hear(new FetchedPartition { LogStartOffset = 0, LastStableOffset = 7, HighWatermark = 9 });
        fetch.Advance(ResponseScan.Of(Some.Batch(0, 5), [], 0, 5));
        Assert.Equal(new LeaderView(0, 7, 9), fetch.Result.Told);
    }

    private static PartitionFetch Fetch(long from, long cut, TimeProvider? time = null) =>
        new(new FetchAssignment(new TopicPartition("t", 0), from, cut, null!), new Patience(ClusterOptions.For("x:1"), time ?? new FakeTimeProvider()));
}
