using KafkaBackup.Kafka.Fetching;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KafkaBackup.Kafka.Tests.Fetching;

/// <summary>A limit in bytes a second.</summary>
public sealed class RateLimitTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Bytes_are_paid_for_in_time()
    {
        var limit = new RateLimit(1_000, _time);
        var payment = limit.PayAsync(500, default).AsTask();
        _time.Advance(TimeSpan.FromMilliseconds(499));
        Assert.False(payment.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(payment.IsCompletedSuccessfully);
    }

    [Fact]
    public void Lanes_that_pay_together_wait_for_each_other()
    {
        var limit = new RateLimit(1_000, _time);
        var first = limit.PayAsync(1_000, default).AsTask();
        var second = limit.PayAsync(1_000, default).AsTask();
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((true, false), (first.IsCompleted, second.IsCompleted));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(second.IsCompletedSuccessfully);
    }

    [Fact]
    public void Time_that_was_not_used_is_not_saved_up()
    {
        var limit = new RateLimit(1_000, _time);
        _time.Advance(TimeSpan.FromHours(1));
        Assert.False(limit.PayAsync(100, default).AsTask().IsCompleted);
    }

    [Fact]
    public async Task A_wait_can_be_cancelled()
    {
        using var cancel = new CancellationTokenSource();
        var payment = new RateLimit(1, _time).PayAsync(1_000_000, cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => payment);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void A_limit_is_above_nothing(long bytesPerSecond) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new RateLimit(bytesPerSecond, _time));
}
