using KafkaBackup.Durable;
using KafkaBackup.Host.Configuration;
using KafkaBackup.Host.State;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace KafkaBackup.Host.Tests.Configuration;

public sealed class StateSettingsTests
{
    private const string Key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
    private const string Account = $"DefaultEndpointsProtocol=https;AccountName=a;AccountKey={Key};EndpointSuffix=core.windows.net";
    private const string Signed = "https://a.blob.core.windows.net/?sv=2024-11-04&ss=bt&srt=sco&sp=rwdlacu&sig=c2VjcmV0";

    [Fact]
    public void A_folder_is_written_as_it_is_or_as_the_location()
    {
        Assert.Equal(("s", null), (Read(("State", "s")).State.Location, Read(("State", "s")).State.AzureName));
        Assert.Equal("s", Read(("State:Location", "s")).State.Location);
    }

    [Fact]
    public void A_state_in_Azure_Storage_is_read_whole()
    {
        var state = Read(
            ("State:Location", "azure:prod1"), ("State:Azure:ConnectionString", Account), ("State:Address", "10.0.0.4"), ("State:Port", "11111"), ("State:ProbeTimeout", "5s"),
            ("State:MissedProbes", "4")).State;

        Assert.Equal(("prod1", "10.0.0.4", 11111, "5s", 4), (state.AzureName, state.Address, state.Port, state.ProbeTimeout, state.MissedProbes));
        Assert.Equal("prod1", Read(("State", "azure:prod1"), ("Azure:ConnectionString", Account)).State.AzureName);
        Assert.Equal("prod1", Read(("State", "azure:prod1"), ("State:Port", "1"), ("Azure:ConnectionString", Account)).State.AzureName);
    }

    [Theory]
    [InlineData("ConnectionString", Account)]
    [InlineData("SasUrl", Signed)]
    [InlineData("AccountUrl", "https://a.blob.core.windows.net")]
    public void Each_way_to_an_account_makes_a_store_for_several_hosts(string way, string value)
    {
        var options = new DurableTaskOptions();

        StateComposition.Configure(options, Read(("State", "azure:prod1"), ($"Azure:{way}", value)));

        Assert.NotNull(options.CreateStore);
        Assert.Null(options.SqlitePath);
    }

    [Theory]
    [InlineData("State", "", "KafkaBackup:State is empty")]
    [InlineData("State", "s3:bucket", "KafkaBackup:State: 's3:bucket' is neither a folder nor azure:NAME")]
    [InlineData("State", "azure:Prod", "KafkaBackup:State: 'Prod' can't name a state")]
    [InlineData("State:Adress", "::1", "unknown configuration key 'KafkaBackup:State:Adress'; did you mean 'KafkaBackup:State:Address'?")]
    [InlineData("State:Address", "here", "KafkaBackup:State:Address: 'here' is no IP address")]
    [InlineData("State:Address", "0.0.0.0", "KafkaBackup:State:Address: '0.0.0.0' is no IP address on which another host can reach this one")]
    [InlineData("State:Port", "65536", "KafkaBackup:State:Port is between 1 and 65535, not 65536")]
    [InlineData("State:ProbeTimeout", "x", "KafkaBackup:State:ProbeTimeout: 'x' is no time")]
    [InlineData("State:ProbeTimeout", "2m", "KafkaBackup:State:ProbeTimeout is between 1s and 1m, not 2m")]
    [InlineData("State:MissedProbes", "0", "KafkaBackup:State:MissedProbes is between 1 and 100, not 0")]
    [InlineData("State:Azure:AccountUrl", "https://a.blob.core.windows.net?sig=c2VjcmV0", "KafkaBackup:State:Azure:AccountUrl is no https://ACCOUNT.blob.core.windows.net")]
    [InlineData("State:Azure:AccountUrl", "http://a.blob.core.windows.net", "KafkaBackup:State:Azure:AccountUrl is no https://ACCOUNT.blob.core.windows.net")]
    [InlineData("State:Azure:AccountUrl", "https://10.0.0.9/a", "KafkaBackup:State:TableUrl is missing: it does not follow from '10.0.0.9'")]
    [InlineData("State:Azure:SasUrl", "https://a.blob.core.windows.net/c?sr=c&sig=c2VjcmV0", "KafkaBackup:State:Azure:SasUrl has no signature of the account for its blobs and its tables")]
    [InlineData("State:Azure:SasUrl", "c2VjcmV0", "KafkaBackup:State:Azure:SasUrl is no URL")]
    [InlineData("State:TableUrl", "tables", "KafkaBackup:State:TableUrl is no URL")]
    public void What_makes_no_sense_is_told_with_its_key_and_without_secrets(string key, string value, string fault)
    {
        var faults = Assert.Throws<HostConfigurationException>(() => Read(key.StartsWith("State:Azure", StringComparison.Ordinal)
            ? [("State", "azure:prod1"), (key, value)]
            : [("State", "azure:prod1"), ("Azure:ConnectionString", Account), (key, value)])).Faults;

        Assert.StartsWith(fault, Assert.Single(faults));
        Assert.DoesNotContain("c2VjcmV0", faults[0]);
    }

    [Fact]
    public void An_account_that_is_not_named_is_missed_and_one_that_is_named_twice_is_refused()
    {
        Assert.Contains("set KafkaBackup:Azure, or KafkaBackup:State:Azure", Fault(("State", "azure:prod1")));
        Assert.Equal("KafkaBackup:State:Azure: give one of ConnectionString, SasUrl and AccountUrl", Fault(("State", "azure:prod1"), ("State:Azure:ConnectionString", Account), ("State:Azure:SasUrl", Signed)));
    }

    [Theory]
    [InlineData("Azure:ConnectionString", Account)]
    [InlineData("TableUrl", "https://a.table.core.windows.net")]
    [InlineData("Address", "10.0.0.4")]
    [InlineData("Port", "1")]
    public void What_a_folder_has_no_use_for_is_refused(string key, string value) =>
        Assert.EndsWith("is for a state in Azure Storage, and this one is the folder 's'", Fault(("State:Location", "s"), ($"State:{key}", value)));

    [Fact]
    public void A_connection_string_that_is_none_is_told_and_not_repeated()
    {
        var settings = Read(("State", "azure:prod1"), ("Azure:ConnectionString", "AccountKey=c2VjcmV0"));

        var fault = Assert.Throws<HostConfigurationException>(() => StateComposition.Configure(new DurableTaskOptions(), settings));

        Assert.Contains("the connection string of the account is no such thing", fault.Message);
        Assert.DoesNotContain("c2VjcmV0", fault.ToString());
    }

    private static string Fault(params (string Key, string Value)[] values) => Assert.Single(Assert.Throws<HostConfigurationException>(() => Read(values)).Faults);

    private static HostSettings Read(params (string Key, string Value)[] values)
    {
        var last = values.GroupBy(value => value.Key).ToDictionary(group => $"KafkaBackup:{group.Key}", group => (string?)group.Last().Value);
        return SettingsReader.Read(new ConfigurationBuilder().AddInMemoryCollection(last).Build());
    }
}
