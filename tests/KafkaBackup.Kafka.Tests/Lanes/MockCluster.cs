using System.Runtime.InteropServices;

namespace KafkaBackup.Kafka.Tests.Lanes;

/// <summary>librdkafka's own mock cluster, with its switches for errors, leaders and brokers. Source: rdkafka_mock.h.</summary>
internal sealed partial class MockCluster : IDisposable
{
    private const string Library = "librdkafka";
    private const int Producer = 0;

    // Confluent.Kafka brings several builds and takes the one that the machine can load; so does this.
    static MockCluster() => NativeLibrary.SetDllImportResolver(typeof(MockCluster).Assembly, (name, assembly, paths) =>
        name != Library ? 0
        : ((string[])[Library, "centos8-librdkafka", "alpine-librdkafka"]).Select(build => NativeLibrary.TryLoad(build, assembly, paths, out var handle) ? handle : 0).FirstOrDefault(handle => handle != 0));

    private readonly nint _client;
    private readonly nint _cluster;

    public MockCluster(int brokers)
    {
        Brokers = brokers;
        _client = New(Producer, 0, new byte[512], 512);
        _cluster = ClusterNew(_client, brokers);
        if (_cluster == 0)
            throw new InvalidOperationException("librdkafka makes no mock cluster");
    }

    public int Brokers { get; }

    public string BootstrapServers => Marshal.PtrToStringUTF8(ClusterBootstraps(_cluster))!;

    public void CreateTopic(string topic, int partitions) => Check(TopicCreate(_cluster, topic, partitions, Brokers));

    /// <summary>The next requests of an API are answered so, one each; -195 cuts the connection.</summary>
    public void Push(short api, params int[] errors) => PushErrors(_cluster, api, (nuint)errors.Length, errors);

    /// <summary>Moves a partition's leadership; brokers count from 1.</summary>
    public void Lead(string topic, int partition, int broker) => Check(SetLeader(_cluster, topic, partition, broker));

    public void Down(int broker) => Check(BrokerDown(_cluster, broker));

    public void Up(int broker) => Check(BrokerUp(_cluster, broker));

    /// <summary>Every answer of a broker takes so long.</summary>
    public void Slow(int broker, int milliseconds) => Check(BrokerRtt(_cluster, broker, milliseconds));

    public void Dispose()
    {
        ClusterDestroy(_cluster);
        Destroy(_client);
    }

    private static void Check(int error)
    {
        if (error != 0)
            throw new InvalidOperationException($"the mock cluster answers {error}");
    }

    [LibraryImport(Library, EntryPoint = "rd_kafka_new")]
    private static partial nint New(int type, nint configuration, byte[] error, nuint size);

    [LibraryImport(Library, EntryPoint = "rd_kafka_destroy")]
    private static partial void Destroy(nint client);

    [LibraryImport(Library, EntryPoint = "rd_kafka_mock_cluster_new")]
    private static partial nint ClusterNew(nint client, int brokers);

    [LibraryImport(Library, EntryPoint = "rd_kafka_mock_cluster_destroy")]
    private static partial void ClusterDestroy(nint cluster);

    [LibraryImport(Library, EntryPoint = "rd_kafka_mock_cluster_bootstraps")]
    private static partial nint ClusterBootstraps(nint cluster);

    [LibraryImport(Library, EntryPoint = "rd_kafka_mock_topic_create", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int TopicCreate(nint cluster, string topic, int partitions, int replicas);

    [LibraryImport(Library, EntryPoint = "rd_kafka_mock_push_request_errors_array")]
    private static partial void PushErrors(nint cluster, short api, nuint count, int[] errors);

    [LibraryImport(Library, EntryPoint = "rd_kafka_mock_partition_set_leader", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetLeader(nint cluster, string topic, int partition, int broker);

    [LibraryImport(Library, EntryPoint = "rd_kafka_mock_broker_set_down")]
    private static partial int BrokerDown(nint cluster, int broker);

    [LibraryImport(Library, EntryPoint = "rd_kafka_mock_broker_set_up")]
    private static partial int BrokerUp(nint cluster, int broker);

    [LibraryImport(Library, EntryPoint = "rd_kafka_mock_broker_set_rtt")]
    private static partial int BrokerRtt(nint cluster, int broker, int milliseconds);
}
