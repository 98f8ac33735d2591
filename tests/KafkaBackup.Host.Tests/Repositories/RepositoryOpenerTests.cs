using System.Diagnostics.Metrics;
using KafkaBackup.Host.Configuration;
using KafkaBackup.Host.Repositories;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Repository.Storage.Metered;
using KafkaBackup.Testing;
using KafkaBackup.Workflows.Connections;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KafkaBackup.Host.Tests.Repositories;

public sealed class RepositoryOpenerTests
{
    private const string Account = "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=c2VjcmV0";

    [Theory]
    [InlineData("nobody", "there is no repository connection 'nobody'; known repositories: bucket, own, shared, or give file:PATH, azure:CONTAINER[/PREFIX] or s3:BUCKET[/PREFIX]")]
    [InlineData("file:", "the repository 'file:' has no path: give file:PATH")]
    [InlineData("azure:", "the repository 'azure:' has no container: give azure:CONTAINER[/PREFIX]")]
    [InlineData("azure:/a", "the repository 'azure:/a' has no container: give azure:CONTAINER[/PREFIX]")]
    [InlineData("s3:/a", "the repository 's3:/a' has no bucket: give s3:BUCKET[/PREFIX]")]
    [InlineData("ftp:a", "the repository 'ftp:a' is of a kind that is not supported; give file:PATH, azure:CONTAINER[/PREFIX] or s3:BUCKET[/PREFIX]")]
    [InlineData("azure:abc/../b", "has a prefix that objects can't be named by")]
    [InlineData("azure:abc//b", "has a prefix that objects can't be named by")]
    [InlineData("azure:abc/a b", "has a prefix that objects can't be named by")]
    public void What_names_no_place_is_told_with_what_does(string name, string message) =>
        Assert.Contains(message, Assert.Throws<ConnectionNotFoundException>(() => Opener(new AzureSettings { ConnectionString = Account }).Open(name)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("azure:abc")]
    [InlineData("azure:abc/")]
    [InlineData("azure:abc/a/b")]
    [InlineData("azure:abc/a/b/")]
    [InlineData("shared")]
    public void A_container_is_a_store_with_what_the_section_says_of_Azure(string name)
    {
        Assert.NotNull(Opener(new AzureSettings { ConnectionString = Account }).Open(name));
        Assert.Contains("it is not said how to reach the account", Assert.Throws<RepositoryConnectionException>(() => Opener(null).Open(name)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("s3:abc")]
    [InlineData("s3:abc/a/b/")]
    public void A_bucket_is_a_store_with_what_the_section_says_of_S3(string name)
    {
        Assert.NotNull(Opener(null, new S3Settings { Region = "eu-central-1", AccessKeyId = "i", SecretAccessKey = "s" }).Open(name));
        Assert.Contains("ServiceUrl is no URL", Assert.Throws<RepositoryConnectionException>(() => Opener(null, new S3Settings { ServiceUrl = "x" }).Open(name)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_connection_says_itself_comes_first()
    {
        var error = Assert.Throws<RepositoryConnectionException>(() => Opener(new AzureSettings { ConnectionString = Account }).Open("own"));
        Assert.Contains("SasUrl is no URL", error.Message, StringComparison.Ordinal);
        Assert.Contains("ServiceUrl is no URL", Assert.Throws<RepositoryConnectionException>(() => Opener(null, new S3Settings { Region = "x" }).Open("bucket")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_repository_with_a_limit_is_held_to_it_and_its_calls_are_counted()
    {
        using var folder = new TestFolder();
        var time = new FakeTimeProvider();
        var settings = new HostSettings { Repositories = { ["slow"] = new RepositorySettings { Location = $"file:{folder["r"]}", RateLimit = 10 } } };
        var counted = 0L;
        using var listener = new MeterListener { InstrumentPublished = (instrument, it) => Enable(instrument, it) };
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => Interlocked.Add(ref counted, value));
        listener.Start();

        var create = new RepositoryOpener(settings, time, new RandomIdentities()).Open("slow").CreateAsync("a", new byte[20]);
        await Task.Delay(50);
        Assert.False(create.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(CreateOutcome.Created, await create.WaitAsync(TimeSpan.FromSeconds(10)));
        Assert.True(Interlocked.Read(ref counted) >= 1);

        static void Enable(Instrument instrument, MeterListener listener)
        {
            if (instrument.Meter.Name == StoreMeter.Name && instrument.Name.EndsWith("requests", StringComparison.Ordinal))
                listener.EnableMeasurementEvents(instrument);
        }
    }

    private static RepositoryOpener Opener(AzureSettings? azure, S3Settings? s3 = null) => new(
        new HostSettings
        {
            Azure = azure,
            S3 = s3,
            Repositories =
            {
                ["own"] = new RepositorySettings { Location = "azure:abc", Azure = new AzureSettings { SasUrl = "no" } },
                ["bucket"] = new RepositorySettings { Location = "s3:abc", S3 = new S3Settings { ServiceUrl = "no" } },
                ["shared"] = new RepositorySettings { Location = "azure:abc/kafka" },
            },
        },
        TimeProvider.System,
        new RandomIdentities());
}
