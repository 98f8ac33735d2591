using Confluent.Kafka;
using KafkaBackup.Broker.Faults;
using Microsoft.Extensions.Logging;

namespace KafkaBackup.Broker.Tests;

/// <summary>A broker in this process, on a folder of its own that goes with it.</summary>
internal sealed class TestBroker : IAsyncDisposable
{
    private BrokerServer _server;
    private BrokerOptions _options;

    private readonly TimeProvider? _time;

    private TestBroker(BrokerOptions options, TimeProvider? time)
    {
        (_options, _time) = (options, time);
        _server = BrokerServer.Start(options, Log, time);
    }

    public BrokerServer Server => _server;

    public string Bootstrap => _server.BootstrapServers;

    public string Folder => _options.DataFolder;

    public BrokerFaults Faults => _server.Faults;

    /// <summary>What the broker logged.</summary>
    public CollectingLogger Log { get; } = new();

    /// <param name="topics">As NAME or NAME:PARTITIONS.</param>
    public static TestBroker Start(params string[] topics) => Start(options => options with { Topics = [.. topics.Select(StartTopic.Parse)] });

    /// <summary>A broker with one topic, "t", and the topic's own configuration.</summary>
    public static TestBroker StartWith(int partitions, params (string Name, string Value)[] configs) => Start(options => options with
    {
        Topics = [new StartTopic("t", partitions) { Configs = configs.ToDictionary(c => c.Name, c => c.Value) }],
    });

    public static TestBroker Start(Func<BrokerOptions, BrokerOptions> change, TimeProvider? time = null) => new(
        change(new BrokerOptions { DataFolder = Path.Combine(Path.GetTempPath(), "kafka-backup-broker-tests", Path.GetRandomFileName()) }), time);

    /// <summary>Stops it, lets <paramref name="meanwhile"/> work on its folder, and starts it again.</summary>
    public async Task RestartAsync(Action? meanwhile = null)
    {
        await _server.StopAsync();
        meanwhile?.Invoke();
        _options = _options with { Topics = [] };
        _server = BrokerServer.Start(_options, Log, _time);
    }

    public Task<RawClient> ConnectAsync() => RawClient.ConnectAsync(_server.Port);

    public IAdminClient Admin() => new AdminClientBuilder(new AdminClientConfig { BootstrapServers = Bootstrap }).SetLogHandler((_, _) => { }).Build();

    public IProducer<byte[]?, byte[]?> Producer(Action<ProducerConfig>? change = null)
    {
        var config = new ProducerConfig { BootstrapServers = Bootstrap, LingerMs = 0 };
        change?.Invoke(config);
        return new ProducerBuilder<byte[]?, byte[]?>(config).SetLogHandler((_, _) => { }).Build();
    }

    public IConsumer<byte[]?, byte[]?> Consumer(Action<ConsumerConfig>? change = null)
    {
        var config = new ConsumerConfig
        {
            BootstrapServers = Bootstrap,
            GroupId = "tests",
            EnablePartitionEof = true,
            EnableAutoCommit = false,
            AutoOffsetReset = AutoOffsetReset.Earliest,
        };
        change?.Invoke(config);
        return new ConsumerBuilder<byte[]?, byte[]?>(config).SetLogHandler((_, _) => { }).Build();
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }
}

/// <summary>Keeps what is logged.</summary>
internal sealed class CollectingLogger : ILogger
{
    private readonly List<string> _lines = [];

    public IReadOnlyList<string> Warnings
    {
        get
        {
            lock (_lines)
                return [.. _lines];
        }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
            return;
        lock (_lines)
            _lines.Add($"{logLevel}: {formatter(state, exception)} {exception}");
    }
}
