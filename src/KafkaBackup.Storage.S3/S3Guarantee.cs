namespace KafkaBackup.Storage.S3;

/// <summary>What a server does about two writers of one name.</summary>
internal enum S3Guarantee
{
    /// <summary>It creates an object only where there is none, in one call and from parts.</summary>
    Conditional,

    /// <summary>It does so in one call; an object from parts overwrites what is there. Ceph's radosgw 16 is so.</summary>
    ConditionalInOneCall,

    /// <summary>It overwrites. The operator vouches for a single writer.</summary>
    SingleWriter,
}
