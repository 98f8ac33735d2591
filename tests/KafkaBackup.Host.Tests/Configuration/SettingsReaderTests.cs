using KafkaBackup.Host.Configuration;
using KafkaBackup.Host.Plans;
using KafkaBackup.Repository.Retention;
using KafkaBackup.Testing;
using KafkaBackup.Workflows.Selection;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace KafkaBackup.Host.Tests.Configuration;

public sealed class SettingsReaderTests
{
    [Fact]
    public void Without_configuration_the_defaults_hold()
    {
        var settings = Read();
        Assert.Equal(("http://127.0.0.1:7071", ".kafka-backup", null), (settings.Listen, settings.State.Location, settings.ApiKey));
        Assert.Empty(settings.Plans);
    }

    [Fact]
    public void A_plan_is_read_whole_and_lists_are_items_or_commas()
    {
        var plan = Read(
            ("Clusters:c:bootstrap.servers", "a:1"), ("Plans:p:Schedule", "continuous"), ("plans:p:cluster", "c"), ("Plans:p:Repository", "file:r"),
            ("Plans:p:Topics", "a, ~b{1,2}"), ("Plans:p:Exclude:0", "x"), ("Plans:p:Exclude:1", "y"), ("Plans:p:RateLimit", "100"), ("Plans:p:SegmentBytes", "200"),
            ("Plans:p:PackedSegmentBytes", "0"), ("Plans:p:PackBytes", "300"), ("Plans:p:Acls", "all")).Plans["p"];
        Assert.Equal(["a", "~b{1,2}"], plan.Topics);
        Assert.Equal(["x", "y"], plan.Exclude);
        Assert.Empty(plan.Groups);
        Assert.Equal(AclScope.All, plan.Acls);
        Assert.Equal(("continuous", "c", "file:r", 100, 200), (plan.Schedule, plan.Cluster, plan.Repository, plan.RateLimit, plan.SegmentBytes));
        var request = PlanScheduler.RequestOf("p", plan);
        Assert.Equal((200, 0, 300, 100), (request.SegmentBytes, request.PackedSegmentBytes, request.PackBytes, request.RateLimit));
    }

    [Fact]
    public void Every_fault_is_told_at_once_with_its_key()
    {
        var faults = Faults(
            ("Clusters:empty:client.id", "x"), ("Clusters:odd:bootstrap.servers", "a:1"), ("Clusters:odd:enable.idempotence", "true"), ("Clusters:prod:bootstrap.servers", "a:1"),
            ("Plans:p:Cluster", "prd"), ("Plans:p:Topics", "~("), ("Plans:p:RateLimit", "0"), ("Plans:p:SegmentBytes", "-1"),
            ("Plans:p:PackedSegmentBytes", "-1"), ("Plans:p:PackBytes", "0"), ("Listen", "here"));
        Assert.Equal(
            [
                "KafkaBackup:Clusters:empty: bootstrap.servers is missing", "KafkaBackup:Clusters:odd: the Kafka property 'enable.idempotence'",
                "KafkaBackup:Plans:p:Cluster: there is no cluster connection 'prd'; did you mean 'prod'?", "KafkaBackup:Plans:p:Repository is missing",
                "KafkaBackup:Plans:p:Schedule is missing", "KafkaBackup:Plans:p:Topics: '~('", "KafkaBackup:Plans:p:SegmentBytes is above 0",
                "KafkaBackup:Plans:p:PackedSegmentBytes is 0 or more", "KafkaBackup:Plans:p:PackBytes is above 0", "KafkaBackup:Plans:p:RateLimit is above 0",
                "KafkaBackup:Listen: 'here' is no http://ADDRESS:PORT",
            ],
            faults, (expected, fault) => fault.StartsWith(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void How_long_histories_are_kept_is_read_whole()
    {
        Assert.Equal((null, null, null), (Read().History.MaxAge, Read().History.MaxCount, Read().History.Archive));
        var history = Read(("History:MaxAge", "90d"), ("History:MaxCount", "1000"), ("History:Archive", "file:a"), ("History:Interval", "00:05:00")).History;
        Assert.Equal(("90d", 1000, "file:a", "00:05:00"), (history.MaxAge, history.MaxCount, history.Archive, history.Interval));
    }

    [Theory]
    [InlineData("MaxAge", "30", "KafkaBackup:History:MaxAge: '30' is no age such as 45m, 12h, 30d or 1d12h")]
    [InlineData("MaxAge", "59s", "KafkaBackup:History:MaxAge is between 1m and 36500d, not 59s")]
    [InlineData("MaxAge", "36501d", "KafkaBackup:History:MaxAge is between 1m and 36500d, not 36501d")]
    [InlineData("MaxCount", "0", "KafkaBackup:History:MaxCount is between 1 and 1000000000, not 0")]
    [InlineData("MaxCount", "1000000001", "KafkaBackup:History:MaxCount is between 1 and 1000000000, not 1000000001")]
    [InlineData("MaxCount", "many", "KafkaBackup:History:MaxCount takes a whole number, not 'many'")]
    [InlineData("Interval", "2d", "KafkaBackup:History:Interval is between 1s and 1d, not 2d")]
    [InlineData("Archive", "valt", "KafkaBackup:History:Archive: there is no repository connection 'valt'; did you mean 'vault'?")]
    [InlineData("MaxAeg", "30d", "unknown configuration key 'KafkaBackup:History:MaxAeg'; did you mean 'KafkaBackup:History:MaxAge'?")]
    public void What_makes_no_sense_for_histories_is_told(string key, string value, string fault) => Assert.Equal(
        fault, Assert.Single(Faults(("Repositories:vault", "file:v"), (key == "MaxCount" ? "History:MaxAge" : "History:MaxCount", key == "MaxCount" ? "1d" : "5"), ($"History:{key}", value))));

    [Theory]
    [InlineData("Archive", "file:a")]
    [InlineData("Interval", "1h")]
    public void What_would_have_no_effect_on_histories_is_told(string key, string value) => Assert.Equal(
        $"KafkaBackup:History:{key} takes MaxAge or MaxCount beside it: without, nothing is cleared away", Assert.Single(Faults(($"History:{key}", value))));

    [Fact]
    public void What_a_plan_keeps_is_read_whole()
    {
        var policy = Read(
            ("Plans:p:Cluster", "a:1"), ("Plans:p:Repository", "file:r"), ("Plans:p:Schedule", "continuous"), ("Plans:p:Retention:KeepLast", "1"), ("Plans:p:Retention:KeepHourly", "2"),
            ("Plans:p:Retention:KeepDaily", "3"), ("Plans:p:Retention:KeepWeekly", "4"), ("Plans:p:Retention:KeepMonthly", "5"), ("Plans:p:Retention:KeepWithin", "36h"),
            ("Plans:p:Retention:MaxSize", "7000000000")).Plans["p"].Retention!.ToPolicy();
        Assert.Equal(
            new RetentionPolicy { KeepLast = 1, KeepHourly = 2, KeepDaily = 3, KeepWeekly = 4, KeepMonthly = 5, KeepWithin = TimeSpan.FromHours(36), MaxBytes = 7_000_000_000 }, policy);
    }

    [Theory]
    [InlineData("KeepLast", "0", "KafkaBackup:Plans:p:Retention KeepLast is above 0, not 0")]
    [InlineData("KeepMonthly", "-1", "KafkaBackup:Plans:p:Retention KeepMonthly is above 0, not -1")]
    [InlineData("MaxSize", "0", "KafkaBackup:Plans:p:Retention MaxSize is above 0, not 0")]
    [InlineData("MaxSize", "big", "KafkaBackup:Plans:p:Retention:MaxSize takes a whole number, not 'big'")]
    [InlineData("KeepWithin", "30", "KafkaBackup:Plans:p:Retention KeepWithin: '30' is no age such as 45m, 12h, 30d or 1d12h")]
    [InlineData("KeepLst", "3", "unknown configuration key 'KafkaBackup:Plans:p:Retention:KeepLst'; did you mean 'KafkaBackup:Plans:p:Retention:KeepLast'?")]
    public void What_makes_no_sense_for_a_plans_retention_is_told(string key, string value, string fault) => Assert.Equal(
        fault, Assert.Single(Faults(("Plans:p:Cluster", "a:1"), ("Plans:p:Repository", "file:r"), ("Plans:p:Schedule", "continuous"), ($"Plans:p:Retention:{key}", value))));

    [Fact]
    public void Every_unknown_key_is_told_with_the_nearest_known_one() => Assert.Equal(
        [
            "unknown configuration key 'KafkaBackup:Listn'; did you mean 'KafkaBackup:Listen'?",
            "unknown configuration key 'KafkaBackup:Plans:p:Topic'; did you mean 'KafkaBackup:Plans:p:Topics'?",
            "KafkaBackup:ApiKey takes a single value",
            "KafkaBackup:Plans:o:Acls takes one of none, matching, all, not '2'",
            "KafkaBackup:Plans:q is 'daily', where keys are wanted, such as KafkaBackup:Plans:q:Schedule",
            "KafkaBackup:Plans:r:RateLimit takes a whole number, not '64M'",
        ],
        Faults(("Listn", "x"), ("Plans:p:Topic", "x"), ("Plans:o:Acls", "2"), ("Plans:q", "daily"), ("Plans:r:RateLimit", "64M"), ("ApiKey:0", "x")).OrderBy(f => f.StartsWith("unknown", StringComparison.Ordinal) ? 0 : 1).ThenBy(f => f, StringComparer.Ordinal));

    [Theory]
    [InlineData("http://127.0.0.1:0", true)]
    [InlineData("http://localhost:7071", true)]
    [InlineData("http://[::1]:7071", true)]
    [InlineData("http://127.8.8.8:7071", true)]
    [InlineData("http://0.0.0.0:7071", false)]
    [InlineData("http://[::]:7071", false)]
    [InlineData("http://loopback:7071", false)]
    [InlineData("http://localhost.example:7071", false)]
    [InlineData("http://10.0.0.1:7071", false)]
    public void Only_loopback_needs_no_API_key(string listen, bool isLoopback)
    {
        Assert.Equal(isLoopback ? 0 : 1, isLoopback ? Faultless(("Listen", listen)) : Faults(("Listen", listen)).Count);
        Assert.Equal(0, Faultless(("Listen", listen), ("ApiKey", "k")));
    }

    [Fact]
    public void Local_settings_are_read_as_Azure_Functions_reads_them()
    {
        using var folder = new TestFolder();
        File.WriteAllText(folder["local.settings.json"], """
            { // as the tools write it
              "IsEncrypted": false,
              "Values": { "KafkaBackup:Listen": "http://127.0.0.1:1", "KafkaBackup__State": "s", "Other": 7, "KafkaBackup:ApiKey": null, },
            }
            """);
        var settings = SettingsReader.Read(new ConfigurationBuilder().AddLocalSettings(folder.Path).Build());
        Assert.Equal(("http://127.0.0.1:1", "s", null), (settings.Listen, settings.State.Location, settings.ApiKey));
        Assert.Equal(".kafka-backup", SettingsReader.Read(new ConfigurationBuilder().AddLocalSettings(folder["elsewhere"]).Build()).State.Location);
        foreach (var wrong in (string[])["{", "{}", "{\"Values\":[]}"])
        {
            File.WriteAllText(folder["local.settings.json"], wrong);
            var error = Assert.Throws<HostConfigurationException>(() => new ConfigurationBuilder().AddLocalSettings(folder.Path));
            Assert.Contains("local.settings.json can't be read", error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("topcs", "topics")]
    [InlineData("TOPICS", "topics")]
    [InlineData("exlude", "exclude")]
    [InlineData("grps", "groups")]
    public void The_nearest_name_has_the_fewest_letters_to_change(string name, string nearest) => Assert.Equal(nearest, Nearest.To(name, ["groups", "topics", "exclude"]));

    [Fact]
    public void A_repository_is_a_location_or_a_section_with_one()
    {
        var settings = Read(("Repositories:short", "file:/a"), ("Repositories:long:Location", "file:/b"));
        Assert.Equal(("file:/a", "file:/b"), (settings.Repositories["short"].Location, settings.Repositories["long"].Location));
        Assert.Equal(["unknown configuration key 'KafkaBackup:Repositories:r:Locaton'; did you mean 'KafkaBackup:Repositories:r:Location'?"], Faults(("Repositories:r:Locaton", "file:/a")));
        Assert.Equal(["KafkaBackup:Repositories:r:Location is missing"], Faults(("Repositories:r:Location", "")));
    }

    [Fact]
    public void A_repository_names_one_place_of_its_secret_and_never_the_secret()
    {
        var settings = Read(("Repositories:r:Location", "file:/a"), ("Repositories:r:PassphraseFile", "/run/secrets/vault"), ("Repositories:r:HideTopicNames", "true"), ("Repositories:r:RateLimit", "5"));
        Assert.Equal(5, settings.Repositories["r"].RateLimit);
        Assert.Equal(["KafkaBackup:Repositories:r:RateLimit is above 0, not 0"], Faults(("Repositories:r:Location", "file:/a"), ("Repositories:r:RateLimit", "0")));
        Assert.Equal(("/run/secrets/vault", true), (settings.Repositories["r"].PassphraseFile, settings.Repositories["r"].HideTopicNames));
        Assert.Equal(
            ["KafkaBackup:Repositories:r: give one of PassphraseVariable, PassphraseFile and KeyFile"],
            Faults(("Repositories:r:Location", "file:/a"), ("Repositories:r:PassphraseFile", "a"), ("Repositories:r:KeyFile", "b")));
        Assert.Contains("HideTopicNames is for encrypted repositories", Faults(("Repositories:r:Location", "file:/a"), ("Repositories:r:HideTopicNames", "true")).Single(), StringComparison.Ordinal);
        Assert.Contains("unknown configuration key 'KafkaBackup:Repositories:r:Passphrase'", Faults(("Repositories:r:Location", "file:/a"), ("Repositories:r:Passphrase", "secret")).Single(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_container_is_reached_in_one_way_that_the_repository_says_or_the_section()
    {
        var settings = Read(("Azure:SasUrl", "https://a.blob.core.windows.net/?sig=x"), ("Repositories:r:Location", "azure:abc/kafka"), ("Repositories:r:Azure:AccountUrl", "https://a.blob.core.windows.net"));
        Assert.Equal(("https://a.blob.core.windows.net/?sig=x", "https://a.blob.core.windows.net"), (settings.Azure!.SasUrl, settings.Repositories["r"].Azure!.AccountUrl));
        Assert.Equal(
            [
                "KafkaBackup:Azure: give one of ConnectionString, SasUrl and AccountUrl",
                "KafkaBackup:Repositories:f:Azure is for azure: locations, and this one is 'file:/a'",
                "KafkaBackup:Repositories:r:Azure: give one of ConnectionString, SasUrl and AccountUrl",
                "KafkaBackup:Repositories:x:Location: the repository 'azure:' has no container: give azure:CONTAINER[/PREFIX]",
            ],
            Faults(
                ("Azure:SasUrl", "secret"), ("Azure:ConnectionString", "secret"), ("Repositories:f:Location", "file:/a"), ("Repositories:f:Azure:AccountUrl", "secret"),
                ("Repositories:r:Location", "azure:abc"), ("Repositories:r:Azure:SasUrl", ""), ("Repositories:x:Location", "azure:")));
        Assert.Equal(
            ["KafkaBackup:Plans:p:Repository: the repository 'gs:b' is of a kind that is not supported; give file:PATH, azure:CONTAINER[/PREFIX] or s3:BUCKET[/PREFIX]"],
            Faults(("Plans:p:Schedule", "continuous"), ("Plans:p:Cluster", "a:1"), ("Plans:p:Repository", "gs:b")));
        Assert.Contains("'KafkaBackup:Azure:ConnectionString'?", Faults(("Azure:ConnectonString", "secret")).Single(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_bucket_is_reached_with_a_whole_key_or_with_none()
    {
        var settings = Read(
            ("S3:Region", "eu-central-1"), ("Repositories:r:Location", "s3:b/kafka"), ("Repositories:r:S3:ServiceUrl", "https://s"), ("Repositories:r:S3:AccessKeyId", "i"),
            ("Repositories:r:S3:SecretAccessKey", "s"), ("Repositories:r:S3:PathStyle", "false"), ("Repositories:r:S3:SingleWriter", "true"));
        var own = settings.Repositories["r"].S3!;
        Assert.Equal(("eu-central-1", null), (settings.S3!.Region, settings.S3.PathStyle));
        Assert.Equal(("https://s", "i", "s", false, true), (own.ServiceUrl, own.AccessKeyId, own.SecretAccessKey, own.PathStyle, own.SingleWriter));
        Assert.Equal(
            [
                "KafkaBackup:S3: give AccessKeyId and SecretAccessKey, or neither for AWS's own chain of credentials",
                "KafkaBackup:Repositories:f:S3 is for s3: locations, and this one is 'azure:abc'",
                "KafkaBackup:Repositories:r:Location: the repository 's3:' has no bucket: give s3:BUCKET[/PREFIX]",
                "KafkaBackup:Repositories:t:S3:SessionToken is of a key: give AccessKeyId and SecretAccessKey too",
            ],
            Faults(
                ("S3:SecretAccessKey", "secret"), ("Repositories:f:Location", "azure:abc"), ("Repositories:f:S3:Region", "x"), ("Repositories:r:Location", "s3:"),
                ("Repositories:t:Location", "s3:b"), ("Repositories:t:S3:SessionToken", "secret")));
        Assert.DoesNotContain("hidden", Faults(("S3:SecretAccesKey", "hidden")).Single(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_lease_lasts_some_seconds()
    {
        Assert.Equal((null, 5), (Read().LeaseSeconds, Read(("LeaseSeconds", "5")).LeaseSeconds));
        Assert.Equal(["KafkaBackup:LeaseSeconds is above 0, not 0"], Faults(("LeaseSeconds", "0")));
    }

    [Fact]
    public void The_variable_of_Azures_own_tools_serves_where_the_section_says_nothing()
    {
        var variable = KeyValuePair.Create("AZURE_STORAGE_CONNECTION_STRING", (string?)"of the variable");
        Assert.Equal("of the variable", Of(variable).Azure!.ConnectionString);
        Assert.Equal((null, "u"), (Of(variable, KeyValuePair.Create("KafkaBackup:Azure:SasUrl", (string?)"u")).Azure!.ConnectionString, Of(variable, KeyValuePair.Create("KafkaBackup:Azure:SasUrl", (string?)"u")).Azure!.SasUrl));
        Assert.Null(Of(KeyValuePair.Create("AZURE_STORAGE_CONNECTION_STRING", (string?)"")).Azure);

        static HostSettings Of(params KeyValuePair<string, string?>[] values) => SettingsReader.Read(new ConfigurationBuilder().AddInMemoryCollection(values).Build());
    }

    [Fact]
    public void Where_nothing_is_known_nothing_is_near() => Assert.Equal("", Nearest.To("x", []));

    private static HostSettings Read(params (string Key, string? Value)[] values) =>
        SettingsReader.Read(new ConfigurationBuilder().AddInMemoryCollection(values.Select(v => KeyValuePair.Create($"KafkaBackup:{v.Key}", v.Value))).Build());

    private static IReadOnlyList<string> Faults(params (string Key, string? Value)[] values) => Assert.Throws<HostConfigurationException>(() => Read(values)).Faults;

    private static int Faultless(params (string Key, string? Value)[] values) => Read(values).Plans.Count;
}
