using KafkaBackup.Kafka.Connections;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KafkaBackup.Kafka.Tests.Connections;

/// <summary>The time for which a run is held back, over all its connections.</summary>
public sealed class ThrottleTimeTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Pauses_that_overlap_count_once_and_those_that_follow_add_up()
    {
        var throttled = new ThrottleTime(_time);
        Assert.Equal(TimeSpan.Zero, throttled.Total);
        throttled.Add(TimeSpan.FromSeconds(3));
        throttled.Add(TimeSpan.FromSeconds(2)); // within the first
        Assert.Equal(3, throttled.Total.TotalSeconds);
        _time.Advance(TimeSpan.FromSeconds(2));
        throttled.Add(TimeSpan.FromSeconds(2)); // one second longer than the first
        Assert.Equal(4, throttled.Total.TotalSeconds);
        _time.Advance(TimeSpan.FromSeconds(100)); // nobody is held back
        throttled.Add(TimeSpan.FromSeconds(1));
        Assert.Equal(5, throttled.Total.TotalSeconds);
    }
}
