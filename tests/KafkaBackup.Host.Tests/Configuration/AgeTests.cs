using CsCheck;
using KafkaBackup.Host.Configuration;
using Xunit;

namespace KafkaBackup.Host.Tests.Configuration;

public sealed class AgeTests
{
    [Theory]
    [InlineData("0s", 0)]
    [InlineData("90s", 90)]
    [InlineData("45m", 45 * 60)]
    [InlineData("12h", 12 * 3600)]
    [InlineData("30d", 30 * 86400)]
    [InlineData("2w", 14 * 86400)]
    [InlineData("1d12h", 36 * 3600)]
    [InlineData("00:00:05", 5)]
    [InlineData("30.00:00:00", 30 * 86400)]
    public void An_age_is_read(string text, long seconds) => Assert.Equal(TimeSpan.FromSeconds(seconds), Age.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("30")]
    [InlineData("d")]
    [InlineData("-1d")]
    [InlineData("-1.00:00:00")]
    [InlineData("1.5d")]
    [InlineData("1 d")]
    [InlineData("12h1d")]
    [InlineData("1D")]
    [InlineData("1d\n")]
    [InlineData("999999999999w")]
    public void What_is_no_age_is_refused(string text) => Assert.Null(Age.Parse(text));

    [Fact]
    public void The_parts_of_an_age_add_up() => Gen.Select(Gen.Int[0, 99], Gen.Int[0, 999], Gen.Int[0, 99], Gen.Int[0, 99], Gen.Int[0, 99]).Sample(t =>
        Age.Parse($"{t.Item1}w{t.Item2}d{t.Item3}h{t.Item4}m{t.Item5}s") == new TimeSpan((t.Item1 * 7) + t.Item2, t.Item3, t.Item4, t.Item5), iter: 200);
}
