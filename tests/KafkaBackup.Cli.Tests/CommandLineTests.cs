using System.CommandLine;
using CsCheck;
using KafkaBackup.Cli.Commands;
using KafkaBackup.Cli.Output;
using KafkaBackup.Host.Configuration;
using KafkaBackup.Testing;
using Xunit;

namespace KafkaBackup.Cli.Tests;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData("1", 1L)]
    [InlineData("1048576", 1048576L)]
    [InlineData("512K", 512L * 1024)]
    [InlineData("64m", 64L * 1024 * 1024)]
    [InlineData("1G", 1024L * 1024 * 1024)]
    [InlineData("8589934591G", 8589934591L * 1024 * 1024 * 1024)]
    public void A_number_of_bytes_is_read_in_powers_of_1024(string text, long bytes)
    {
        var option = CommonOptions.Bytes("--size", "");
        var parsed = new RootCommand { option }.Parse(["--size", text]);
        Assert.Empty(parsed.Errors);
        Assert.Equal(bytes, parsed.GetValue(option));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("K")]
    [InlineData("1.5M")]
    [InlineData("1 M")]
    [InlineData("12Q")]
    [InlineData("1KB")]
    [InlineData("8589934592G")]
    [InlineData("9223372036854775808")]
    public void What_is_no_number_of_bytes_is_refused_with_examples(string text)
    {
        var parsed = new RootCommand { CommonOptions.Bytes("--size", "") }.Parse(["--size", text]);
        Assert.Equal($"'{text}' is no number of bytes: give 1048576, 512K, 64M or 1G", Assert.Single(parsed.Errors).Message);
    }

    [Fact]
    public void An_empty_number_of_bytes_is_refused() => Assert.NotEmpty(new RootCommand { CommonOptions.Bytes("--size", "") }.Parse(["--size", ""]).Errors);

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(1023, "1023 B")]
    [InlineData(1024, "1 KiB")]
    [InlineData(1536, "1.5 KiB")]
    [InlineData(1024L * 1024 * 1024, "1 GiB")]
    [InlineData(long.MaxValue, "8192 PiB")]
    public void Sizes_are_told_in_powers_of_1024(long bytes, string text) => Assert.Equal(text, Sizes.Bytes(bytes));

    [Theory]
    [InlineData(0, "0.000 s")]
    [InlineData(0.25, "0.250 s")]
    [InlineData(59.99, "59.9 s")]
    [InlineData(245, "4 min 5 s")]
    [InlineData(7380, "2 h 3 min")]
    [InlineData(273600, "3 d 4 h")]
    public void Lengths_of_time_are_told_in_the_units_that_fit(double seconds, string text) => Assert.Equal(text, Durations.Tell(TimeSpan.FromSeconds(seconds)));

    [Fact]
    public void Counts_have_commas() => Assert.Equal("1,234,567", Sizes.Count(1234567));

    [Theory]
    [InlineData("--topcs x", "unknown option '--topcs'; did you mean '--topics'? ('kafka-backup go --help' lists what there is)")]
    [InlineData("--secret", "unknown option '--secret'; did you mean '--epoch'? ('kafka-backup go --help' lists what there is)")]
    [InlineData("more", "unknown argument 'more' ('kafka-backup go --help' lists what there is)")]
    [InlineData("--epoch x", "'x' is no epoch's number, such as 3 ('kafka-backup go --help' tells more)")]
    [InlineData("--as-of x", "'x' is no time such as 2026-01-31T12:00:00Z ('kafka-backup go --help' tells more)")]
    [InlineData("--host x", "'x' is no http://HOST:PORT ('kafka-backup go --help' tells more)")]
    public void A_usage_error_is_one_line_with_a_way_on(string line, string told)
    {
        Option<bool> hidden = new("--secretly") { Hidden = true };
        var go = new Command("go") { CommonOptions.Selectors("--topics", ""), CommonOptions.Epoch(""), CommonOptions.Time("--as-of", ""), CommonOptions.Host(), hidden };
        Assert.Equal(told, UsageError.Describe(new RootCommand { go }.Parse(["go", .. line.Split(' ')])));
    }

    [Fact]
    public void A_command_that_is_unknown_is_told_with_the_nearest_one()
    {
        var root = new RootCommand { new Command("backup"), new Command("restore") };
        Assert.StartsWith("unknown command 'bakup'; did you mean 'backup'?", UsageError.Describe(root.Parse(["bakup"])), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2026-01-31T12:00:00Z", "2026-01-31T12:00:00.0000000+00:00")]
    [InlineData("2026-01-31T12:00:00", "2026-01-31T12:00:00.0000000+00:00")]
    [InlineData("2026-01-31T12:00:00+02:00", "2026-01-31T12:00:00.0000000+02:00")]
    public void A_time_without_a_zone_is_UTC(string text, string time)
    {
        var option = CommonOptions.Time("--as-of", "");
        Assert.Equal(time, new RootCommand { option }.Parse(["--as-of", text]).GetValue(option)?.ToString("O"));
    }

    [Fact]
    public void Lists_are_given_by_commas_or_by_repetition()
    {
        var option = CommonOptions.Selectors("--topics", "");
        Assert.Equal(["a", "b*", "~c{1,2}", "d"], new RootCommand { option }.Parse(["--topics", "a,b*", "--topics", "~c{1,2},d"]).GetValue(option)!);
        Assert.Empty(new RootCommand { option }.Parse([]).GetValue(option)!);
    }

    [Fact]
    public void The_command_line_s_property_wins_over_the_file_s_and_the_file_s_over_the_connection_s()
    {
        using var folder = new TestFolder();
        File.WriteAllLines(folder["client.properties"], ["# a comment", "! another", "", "client.id = from=file ", "socket.timeout.ms=2"]);
        var settings = new HostSettings { Clusters = { ["prod"] = new() { ["bootstrap.servers"] = "a:1", ["client.id"] = "named", ["retry.backoff.ms"] = "3" } } };
        ClusterProperties.AddTo(settings, "prod", new FileInfo(folder["client.properties"]), ["socket.timeout.ms=1"]);
        Assert.Equal(
            new SortedDictionary<string, string> { ["bootstrap.servers"] = "a:1", ["client.id"] = "from=file", ["retry.backoff.ms"] = "3", ["socket.timeout.ms"] = "1" },
            new SortedDictionary<string, string>(settings.Clusters["prod"]));
    }

    [Fact]
    public void An_address_becomes_a_connection_of_its_own_name_only_if_it_has_properties()
    {
        var settings = new HostSettings();
        ClusterProperties.AddTo(settings, "a:1", null, []);
        Assert.Empty(settings.Clusters);
        ClusterProperties.AddTo(settings, "a:1", null, ["client.id=x"]);
        Assert.Equal(("a:1", "x"), (settings.Clusters["a:1"]["bootstrap.servers"], settings.Clusters["a:1"]["client.id"]));
    }

    [Theory]
    [InlineData("client.id")]
    [InlineData("=x")]
    public void A_property_is_KEY_VALUE(string property)
    {
        var error = Assert.Throws<HostConfigurationException>(() => ClusterProperties.AddTo(new HostSettings(), "a:1", null, [property]));
        Assert.Equal($"--kafka: '{property}' is no KEY=VALUE", error.Message);
    }

    [Fact]
    public void Every_size_that_is_told_is_near_the_number() => Gen.Long[0, long.MaxValue].Sample(bytes =>
    {
        var parts = Sizes.Bytes(bytes).Split(' ');
        var unit = Math.Pow(1024, Array.IndexOf(["B", "KiB", "MiB", "GiB", "TiB", "PiB"], parts[1]));
        Assert.InRange(double.Parse(parts[0], System.Globalization.CultureInfo.InvariantCulture) * unit, bytes - (0.051 * unit), bytes + (0.051 * unit) + 1024);
    });
}
